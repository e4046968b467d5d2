import { describe, expect, it } from "vitest";
import { z } from "zod";
import { Problem } from "../../../root-worker/problem.ts";
import { validate } from "../../../root-worker/validate.ts";

const Schema = z.strictObject({
  name: z.string(),
  fields: z.record(z.string(), z.strictObject({ type: z.enum(["text", "number"]) })).default({}),
  sort: z.array(z.string()).optional(),
  labels: z.record(z.string().regex(/^[a-z]+$/, "must be lower-case"), z.string()).optional(),
  facets: z
    .union([z.array(z.string()), z.record(z.string(), z.strictObject({ limit: z.int().optional() }))])
    .optional(),
  sink: z.union([z.strictObject({ topic: z.string() }), z.strictObject({ mail: z.string() })]).optional(),
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
    [
      { name: "a", facets: { year: { limit: "5", lmit: 5 }, genre: {} } },
      ["facets.year.limit", "facets.year.lmit"],
    ],
    [{ name: "a", facets: ["year", 5] }, ["facets[1]"]],
    [{ name: "a", facets: "year" }, ["facets"]],
    [{ name: "a", sink: { mail: 5 } }, ["sink"]],
    [{ name: "a", labels: { A: "x" } }, ["labels.A"]],
    [null, [""]],
    [[], [""]],
    ["text", [""]],
  ])("of %j is at %j", (input, paths) => {
    const problem = problemOf(input);

    expect(problem.code).toBe("invalid-request");
    expect(problem.errors?.map(({ path }) => path)).toEqual(paths);
    for (const path of paths) expect(problem.message).toContain(path);
  });

  it("of a name says what a name must be", () => {
    expect(problemOf({ name: "a", labels: { A: "x" } }).message).toBe("labels.A: must be lower-case");
  });

  it("is one of at most a hundred that are named", () => {
    const unknown = Object.fromEntries(Array.from({ length: 100_000 }, (_, n) => [`unknown${n}`, 1]));

    expect(problemOf({ name: "a", ...unknown }).errors).toHaveLength(100);
  });
});
