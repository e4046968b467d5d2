/** Each built-in decorator keeps its contract, does what its own examples say, and says what its options are. */
import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { BUILT_IN } from "../../../decorators/built-in/index.ts";
import { decoratorDocs, optionSchema, type OptionSchema } from "../../../tools/decorator-docs.mjs";
import { expectExample } from "./run-example.ts";

it("names are those of the files, and no two are the same", async () => {
  const names = BUILT_IN.map(({ name }) => name);

  expect(new Set(names).size).toBe(names.length);
  expect(names).toEqual(names.toSorted());
  for (const name of names) {
    const module: unknown = await import(`../../../decorators/built-in/${name}.ts`);
    expect(Object.values(Object(module))).toContain(BUILT_IN.find((decorator) => decorator.name === name));
  }
});

it("docs/decorators.md is what they say of themselves", async () => {
  expect(await readFile("docs/decorators.md", "utf8")).toBe(decoratorDocs(BUILT_IN));
});

describe.each(BUILT_IN)("$name", (decorator) => {
  it.each(decorator.examples)("$shows", async (example) => {
    await expectExample(decorator, example);
  });

  it("describes each of its options", () => {
    expect(undescribed(optionSchema(decorator.options), "")).toEqual([]);
  });
});

function undescribed({ properties = {} }: OptionSchema, prefix: string): string[] {
  return Object.entries(properties).flatMap(([name, option]) => [
    ...(option.description === undefined ? [prefix + name] : []),
    ...undescribed(option.items ?? {}, `${prefix}${name}[].`),
  ]);
}
