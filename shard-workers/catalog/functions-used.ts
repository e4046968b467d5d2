/** Which functions a pipeline's steps name, at any depth: steps may hold steps. */
import type { FunctionRef } from "../../core/contracts/functions.ts";
import type { PipelineSpec } from "../../core/contracts/pipelines.ts";
import { isObject } from "../../core/document/values.ts";
import { parseFunctionUse } from "../../core/functions/reference.ts";

/** Each version that is named; one without a version means the current. Names may repeat. */
export function functionsUsed({ steps }: Pick<PipelineSpec, "steps">): FunctionRef[] {
  const found: FunctionRef[] = [];
  collect(steps, found);
  return found;
}

function collect(value: unknown, found: FunctionRef[]): void {
  if (Array.isArray(value)) {
    for (const each of value) collect(each, found);
  } else if (isObject(value)) {
    const { use, split } = value;
    const ref = typeof use === "string" ? parseFunctionUse(use) : undefined;
    if (ref !== undefined) {
      const { name } = ref;
      // Between the versions of a split there is no current one.
      if (isObject(split)) for (const version of Object.keys(split)) found.push({ name, version });
      else found.push(ref);
    }
    for (const each of Object.values(value)) collect(each, found);
  }
}
