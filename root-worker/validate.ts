/** Validation at the edge: a schema's value, or a problem that names every fault. */
import type { z } from "zod";
import { fieldErrors } from "../core/issues.ts";
import { Problem } from "./problem.ts";

/** Faults that are named: a body of a million unknown fields is not answered with a million lines. */
const ERRORS_MAX = 100;

/** The value that a schema makes of its input, or a problem that names its faults. */
export function validate<S extends z.ZodType>(schema: S, input: unknown): z.output<S> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const errors = fieldErrors(parsed.error).slice(0, ERRORS_MAX);
  const summary = errors
    .map(({ path, message }) => (path === "" ? message : `${path}: ${message}`))
    .join("; ");
  throw new Problem("invalid-request", summary, errors);
}
