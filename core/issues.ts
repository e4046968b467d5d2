/** From zod's issues to the errors that callers read: a path and a message each. */
import type { z } from "zod";
import type { FieldError } from "./errors.ts";

/** The faults that a schema found, their paths below `prefix` (`steps[0].with`). Unknown keys are named one by one. */
export function fieldErrors(error: z.core.$ZodError, prefix: readonly PropertyKey[] = []): FieldError[] {
  return issueErrors(error.issues, prefix);
}

function issueErrors(issues: readonly z.core.$ZodIssue[], prefix: readonly PropertyKey[]): FieldError[] {
  return issues.flatMap((issue) => {
    const place = [...prefix, ...issue.path];
    if (issue.code === "unrecognized_keys") {
      return issue.keys.map((key) => ({ path: formatPath([...place, key]), message: "is not known here" }));
    }
    // What is wrong with a key is in issues of its own; so is what is wrong with each of several shapes, of which a value may have one.
    if (issue.code === "invalid_key") return issueErrors(issue.issues, place);
    const [meant, another] = issue.code === "invalid_union" ? issue.errors.filter(isWithin) : [];
    return meant === undefined || another !== undefined
      ? [{ path: formatPath(place), message: issue.message }]
      : issueErrors(meant, place);
  });
}

/** Whether a value has a shape, and only something in it is wrong. */
function isWithin(issues: readonly z.core.$ZodIssue[]): boolean {
  return issues.every((issue) => issue.path.length > 0 || issue.code === "unrecognized_keys");
}

/** `fields.title.type`, `facets[0]`. */
export function formatPath(path: readonly PropertyKey[]): string {
  return path
    .map((step, index) =>
      typeof step === "number" ? `[${step}]` : `${index === 0 ? "" : "."}${String(step)}`,
    )
    .join("");
}
