/** Counts what was written, where the writes of a collection go out. What they used the leaves count themselves. */
import { meter } from "../metrics/isolate-meter.ts";

export function meterOutcomes(collection: string, outcomes: readonly { ok: boolean }[]): void {
  const written = outcomes.filter(({ ok }) => ok).length;
  const count = (outcome: string, documents: number) =>
    meter().count("umbel_documents_written_total", { collection, outcome }, documents);
  count("written", written);
  count("failed", outcomes.length - written);
}
