/** What a scatter may ask and what it answers, as schemas: they validate, and they are the documentation. */
import { z } from "@hono/zod-openapi";
import { parseFunctionRef, FUNCTION_PREFIX, splitProblem } from "../../core/functions/reference.ts";
import { SearchAnswer, SearchRequest } from "./request.ts";

/** What goes to every call of the function, in characters of its JSON. */
const INPUT_CHARS_MAX = 256 * 1024;

const { filter, select, bookmark, deadlineMs, partial, explain } = SearchRequest.shape;

export const ScatterRequest = z
  .strictObject({
    function: z
      .string()
      .transform((text, context) => {
        const name = text.startsWith(FUNCTION_PREFIX) ? text.slice(FUNCTION_PREFIX.length) : text;
        const ref = parseFunctionRef(name);
        if (ref === undefined) context.addIssue("must be a function's name, or name@version");
        return ref ?? z.NEVER;
      })
      .openapi({
        type: "string",
        description: "`name`, or `name@version`; it exports `map` and `reduce`",
        example: "title-words",
      }),
    split: z
      .record(z.string(), z.number())
      .superRefine((split, context) => {
        const problem = splitProblem(split);
        if (problem !== undefined) context.addIssue(problem);
      })
      .optional()
      .openapi({
        description: "Versions and their shares in percent: each request runs in one of them",
        example: { "0123456789abcdef": 95, fedcba9876543210: 5 },
      }),
    // A body came as JSON, so that whatever is there can be written as such.
    input: z
      .unknown()
      .refine(
        (value) => JSON.stringify(value ?? null).length <= INPUT_CHARS_MAX,
        `has more than ${INPUT_CHARS_MAX} characters as JSON`,
      )
      .optional()
      .openapi({
        description: "Any JSON: `map` and `reduce` are given it; null when absent",
        example: { minLength: 5 },
      }),
    filter,
    select: select.openapi({
      description: "Fields that `map` is given of each document, with its id; all when absent",
    }),
    bookmark,
    deadlineMs,
    partial,
    explain,
  })
  .refine((request) => request.split === undefined || request.function.version === undefined, {
    path: ["split"],
    message: "says which versions run: `function` then names none",
  })
  .openapi("ScatterRequest");

export type ScatterRequest = z.output<typeof ScatterRequest>;

const { leaves, coverage, cost, tookMs, explain: rows } = SearchAnswer.shape;

export const ScatterAnswer = z
  .object({
    result: z.unknown().openapi({ description: "What the last `reduce` answered" }),
    function: z
      .object({ name: z.string(), version: z.string() })
      .openapi({ description: "The version that ran" }),
    leaves,
    coverage,
    cost,
    tookMs,
    explain: rows,
  })
  .openapi("ScatterAnswer");

export type ScatterAnswer = z.output<typeof ScatterAnswer>;
