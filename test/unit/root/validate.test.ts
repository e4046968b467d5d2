import { describe, expect, it } from "vitest";
import { z } from "zod";
import { Problem } from "../../../root-worker/problem.ts";
import { validate } from "../../../root-worker/validate.ts";

const Schema = z.strictObject({
  name: z.string(),
  fields: z.record(z.string(), z.strictObject({ type: z.enum(["text", "number"]) })).default({}),
  sort: z.array(z.string()).optional(),
});

function problemOf(input: unknown): Problem {
  try {
    validate(Schema, input);
  } catch (error) {
    if (error instanceof Problem) return error;
  }
  throw new Error("no problem");
}

it("gives what the schema makes of its input", () => {
  expect(validate(Schema, { name: "a" })).toEqual({ name: "a", fields: {} });
});

describe("a fault", () => {
  it.each<[unknown, string[]]>([
    [{ name: "a", nmae: 1, x: 2 }, ["nmae", "x"]],
    [{}, ["name"]],
    [{ name: 1, sort: ["a", 2] }, ["name", "sort[1]"]],
    [{ name: "a", fields: { title: { type: "txt" } } }, ["fields.title.type"]],
    [{ name: "a", fields: { title: { type: "text", boots: 2 } } }, ["fields.title.boots"]],
    [null, [""]],
    [[], [""]],
    ["text", [""]],
  ])("of %j is at %j", (input, paths) => {
    const problem = problemOf(input);

    expect(problem.code).toBe("invalid-request");
    expect(problem.errors?.map(({ path }) => path)).toEqual(paths);
    for (const path of paths) expect(problem.message).toContain(path);
  });

  it("is one of at most a hundred that are named", () => {
    const unknown = Object.fromEntries(Array.from({ length: 100_000 }, (_, n) => [`unknown${n}`, 1]));

    expect(problemOf({ name: "a", ...unknown }).errors).toHaveLength(100);
  });
});
