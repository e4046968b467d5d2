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

function problemOf(input: unknown, schema: z.ZodType = Schema): Problem {
  try {
    validate(schema, input);
  } catch (error) {
    if (error instanceof Problem) return error;
  }
  throw new Error("no problem");
}

it("gives what the schema makes of its input", () => {
  expect(validate(Schema, { name: "a" })).toEqual({ name: "a", fields: {} });
});

describe("of what may have several shapes", () => {
  const Sink = z.union([
    z.strictObject({ collection: z.string(), orderBy: z.enum(["time", "acceptance"]).optional() }),
    z.strictObject({ topic: z.string() }),
    z.strictObject({
      email: z.strictObject({ to: z.union([z.string().max(2, "is long"), z.array(z.string())]) }),
    }),
  ]);

  it.each<[unknown, { path: string; message: string }[] | string[]]>([
    [{ colection: "a" }, ["sink.colection"]],
    [{ collection: "a", topic: "b" }, ["sink.topic"]],
    [{ collection: 5, orderBy: "x", odd: 1 }, ["sink.collection", "sink.orderBy", "sink.odd"]],
    [{ email: {} }, ["sink.email.to"]],
    [{ email: { to: "a@b.c" } }, [{ path: "sink.email.to", message: "is long" }]],
    [{ email: { to: 5 } }, ["sink.email.to"]],
    [{}, ["sink"]],
    [5, ["sink"]],
  ])("%j has its faults by the shape that was meant", (sink, errors) => {
    const found = problemOf({ sink }, z.strictObject({ sink: Sink })).errors ?? [];

    expect(found.map((each, n) => (typeof errors[n] === "string" ? each.path : each))).toEqual(errors);
  });
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
    [{ name: "a", sink: { mail: 5 } }, ["sink.mail"]],
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
