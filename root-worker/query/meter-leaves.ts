/** Counts the calls to leaves that a search or a scatter has made, from what branches report of them. */
import type { LeafReport } from "../../core/contracts/search.ts";
import { meter } from "../../core/metrics/isolate-meter.ts";

export function meterLeaves(collection: string, reports: readonly LeafReport[]): void {
  const counted = meter();
  const usage = { kind: "collection", name: collection };
  for (const { shard, attempts, rowsRead } of reports) {
    for (const { kind, state, startMs, endMs } of attempts) {
      const seconds = (endMs - startMs) / 1_000;
      counted.count("umbel_leaf_calls_total", { collection, kind, state });
      counted.observe("umbel_leaf_call_duration_seconds", { collection, shard }, seconds);
      counted.count("umbel_durable_object_requests_total", usage);
      counted.count("umbel_durable_object_seconds_total", usage, seconds);
      if (kind === "hedge") counted.count("umbel_leaf_hedges_total", { collection });
      if (kind === "retry") counted.count("umbel_leaf_retries_total", { collection });
    }
    counted.count("umbel_rows_read_total", usage, rowsRead);
  }
}
