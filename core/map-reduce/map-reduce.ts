/** A function's `map` and `reduce` in a host, for one scatter. */
import type { ScatterPlan } from "../contracts/scatter.ts";
import type { FunctionHost } from "../functions/function-host.ts";
import type { MapReduce } from "./partials.ts";

export function mapReduceOf(
  host: Pick<FunctionHost, "map" | "reduce">,
  { function: ref, input }: Pick<ScatterPlan, "function" | "input">,
): MapReduce {
  const given = { json: input };
  return {
    map: (documents) => host.map(ref, { json: documents }, given),
    reduce: (partials) =>
      host.reduce(
        ref,
        partials.map((json) => ({ json })),
        given,
      ),
  };
}
