/** A step that is a user's function: `function:name`, a version of it, or a split between versions. */
import type { FunctionRef, FunctionSplit } from "../core/contracts/functions.ts";
import type { FieldError } from "../core/errors.ts";
import { FUNCTION_PREFIX, parseFunctionUse, splitProblem, versionOf } from "../core/functions/reference.ts";
import { formatPath } from "../core/issues.ts";
import type { CloudEvent } from "../core/cloudevents/event.ts";
import type { Decorate, InnerStep, Need, Prepared } from "./contract.ts";
import { SPLIT_VERSIONS_MAX } from "./limits.ts";
import type { FunctionCall } from "./services.ts";

export function isFunctionStep({ use }: InnerStep): boolean {
  return use.startsWith(FUNCTION_PREFIX);
}

/** As `prepareStep`. Whether there is the function, with these versions, is told as a need. */
export function prepareFunctionStep(step: InnerStep, place: readonly PropertyKey[]): Prepared {
  const { use, with: options, split } = step;
  const ref = parseFunctionUse(use);
  if (ref === undefined)
    return refuse([...place, "use"], `names no function: function:name or function:name@version`);
  if (split === undefined) {
    const call = callOf(ref, options);
    return {
      ok: true,
      gathers: true,
      needs: [needOf(ref, [...place, "use"])],
      decorate: (event, context) => context.services.functions.decorate(call, event, context),
    };
  }
  const problem = problemOf(split, ref);
  if (problem !== undefined) return refuse([...place, "split"], problem);
  const { name } = ref;
  const versions = Object.keys(split);
  const calls = new Map(versions.map((version) => [version, callOf({ name, version }, options)]));
  return {
    ok: true,
    gathers: true,
    needs: versions.map((version) => needOf({ name, version }, [...place, "split", version])),
    decorate: decorateBySplit(split, calls, callOf(ref, options)),
  };
}

/** The same event meets the same version in every run and replay, as long as the split is the same. */
function decorateBySplit(
  split: FunctionSplit,
  calls: ReadonlyMap<string, FunctionCall>,
  otherwise: FunctionCall,
): Decorate {
  return (event, context) => {
    const version = versionOf(split, keyOf(event), context.pipeline);
    return context.services.functions.decorate(calls.get(version) ?? otherwise, event, context);
  };
}

/** By which an event is known to its sender. */
function keyOf({ source, id }: CloudEvent): string {
  return `${source}\u0000${id}`;
}

function problemOf(split: FunctionSplit, { version }: FunctionRef): string | undefined {
  if (version !== undefined) return "stands beside a version in use: one of both";
  const versions = Object.keys(split).length;
  if (versions > SPLIT_VERSIONS_MAX) return `names ${versions} versions; at most ${SPLIT_VERSIONS_MAX}`;
  return splitProblem(split);
}

function callOf({ name, version }: FunctionRef, options: object | undefined): FunctionCall {
  return {
    name,
    ...(version === undefined ? {} : { version }),
    ...(options === undefined ? {} : { options }),
  };
}

function needOf({ name, version }: FunctionRef, path: readonly PropertyKey[]): Need {
  return { kind: "function", name, path: formatPath(path), ...(version === undefined ? {} : { version }) };
}

function refuse(path: readonly PropertyKey[], message: string): { ok: false; errors: FieldError[] } {
  return { ok: false, errors: [{ path: formatPath(path), message }] };
}
