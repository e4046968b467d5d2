/** From zod's issues to the errors that callers read: a path and a message each. */
import type { z } from "zod";
import type { FieldError } from "./errors.ts";

/** The faults that a schema found, their paths below `prefix` (`steps[0].with`). Unknown keys are named one by one. */
export function fieldErrors(
  { issues }: { issues: readonly z.core.$ZodIssue[] },
  prefix: readonly PropertyKey[] = [],
): FieldError[] {
  return issues.flatMap((issue) => {
    const place = [...prefix, ...issue.path];
    if (issue.code === "unrecognized_keys") {
      return issue.keys.map((key) => ({ path: formatPath([...place, key]), message: "is not known here" }));
    }
    // What is wrong with a key is in issues of its own.
    if (issue.code === "invalid_key") return fieldErrors({ issues: issue.issues }, place);
    const meant = issue.code === "invalid_union" && issue.message === UNION_MESSAGE ? meantBy(issue) : [];
    return meant.length > 0
      ? fieldErrors({ issues: meant }, place)
      : [{ path: formatPath(place), message: issue.message }];
  });
}

/** What zod says of a value that fits none of several shapes, where a schema says nothing better: not even which fields are unknown. */
const UNION_MESSAGE = "Invalid input";

/** The faults by the shape that was meant: the one that leaves the fewest fields unknown. Where several are as near, their unknown fields alone. */
function meantBy({ errors }: z.core.$ZodIssueInvalidUnion): z.core.$ZodIssue[] {
  const shapes = errors
    .filter((issues) => !issues.some(({ code, path }) => code === "invalid_type" && path.length === 0))
    .map((issues) => ({ issues, unknown: unknownIn(issues), count: issues.length }))
    .toSorted((a, b) => countKeys(a.unknown) - countKeys(b.unknown) || a.count - b.count);
  const [first, second] = shapes;
  if (first === undefined) return [];
  const isNearest =
    second === undefined ||
    countKeys(first.unknown) < countKeys(second.unknown) ||
    first.count < second.count;
  return isNearest ? first.issues : first.unknown;
}

type UnknownKeys = z.core.$ZodIssueUnrecognizedKeys;

function unknownIn(issues: readonly z.core.$ZodIssue[]): UnknownKeys[] {
  return issues.filter(
    (issue): issue is UnknownKeys => issue.code === "unrecognized_keys" && issue.path.length === 0,
  );
}

function countKeys(unknown: readonly UnknownKeys[]): number {
  return unknown.reduce((sum, { keys }) => sum + keys.length, 0);
}

/** `fields.title.type`, `facets[0]`. */
export function formatPath(path: readonly PropertyKey[]): string {
  return path
    .map((step, index) =>
      typeof step === "number" ? `[${step}]` : `${index === 0 ? "" : "."}${String(step)}`,
    )
    .join("");
}
