/** From zod's issues to the errors that callers read: a path and a message each. */
import type { z } from "zod";
import type { FieldError } from "./errors.ts";

/** The faults that a schema found, their paths below `prefix` (`steps[0].with`). Unknown keys are named one by one. */
export function fieldErrors(error: z.core.$ZodError, prefix: readonly PropertyKey[] = []): FieldError[] {
  return error.issues.flatMap((issue) => {
    const place = [...prefix, ...issue.path];
    if (issue.code === "unrecognized_keys") {
      return issue.keys.map((key) => ({ path: formatPath([...place, key]), message: "is not known here" }));
    }
    return [{ path: formatPath(place), message: issue.message }];
  });
}

/** `fields.title.type`, `facets[0]`. */
export function formatPath(path: readonly PropertyKey[]): string {
  return path
    .map((step, index) =>
      typeof step === "number" ? `[${step}]` : `${index === 0 ? "" : "."}${String(step)}`,
    )
    .join("");
}
