/** The leaves of a search or a scatter in its trace: a span a shard, and one below it for each call. */
import type { LeafReport } from "../../core/contracts/search.ts";
import { recordSpan } from "../../core/tracing/exporter.ts";
import { spanAt } from "../../core/tracing/span.ts";
import { childOf, type TraceContext } from "../../core/tracing/trace-context.ts";

/** Reports count from their branch's start: `startedAt`, epoch ms, is when the root asked, and `asked` for what. */
export function traceLeaves(
  parent: TraceContext,
  collection: string,
  reports: readonly LeafReport[],
  { startedAt, asked = "search" }: { startedAt: number; asked?: "search" | "scatter" },
): void {
  for (const { shard, replica, wave = 1, attempts, failed, startMs, endMs, rowsRead, fetched } of reports) {
    const leaf = childOf(parent);
    recordSpan(
      spanAt(leaf, parent.spanId, {
        name: fetched === undefined ? `leaf ${asked}` : "leaf fetch",
        kind: "client",
        startMs: startedAt + startMs,
        endMs: startedAt + endMs,
        attributes: {
          "umbel.collection": collection,
          "umbel.shard": shard,
          "umbel.replica": replica,
          "umbel.wave": wave,
          "umbel.rows_read": rowsRead,
        },
        ...(failed === undefined ? {} : { error: failed }),
      }),
    );
    for (const attempt of attempts) {
      const { kind, state, code } = attempt;
      recordSpan(
        spanAt(childOf(leaf), leaf.spanId, {
          name: "leaf call",
          kind: "client",
          startMs: startedAt + attempt.startMs,
          endMs: startedAt + attempt.endMs,
          attributes: { "umbel.replica": attempt.replica, "umbel.call": kind, "umbel.call.state": state },
          ...(state === "failed" ? { error: code ?? "failed" } : {}),
        }),
      );
    }
  }
}
