/**
 * Counts the calls to leaves that a search or a scatter has made, from what branches report of them. What the leaves used they count
 * themselves (core/metrics/object-usage.ts).
 */
import type { LeafReport } from "../../core/contracts/search.ts";
import { meter } from "../../core/metrics/isolate-meter.ts";

export function meterLeaves(collection: string, reports: readonly LeafReport[]): void {
  const counted = meter();
  for (const { shard, attempts } of reports) {
    for (const { kind, state, startMs, endMs } of attempts) {
      counted.count("umbel_leaf_calls_total", { collection, kind, state });
      counted.observe("umbel_leaf_call_duration_seconds", { collection, shard }, (endMs - startMs) / 1_000);
      if (kind === "hedge") counted.count("umbel_leaf_hedges_total", { collection });
      if (kind === "retry") counted.count("umbel_leaf_retries_total", { collection });
    }
  }
}
