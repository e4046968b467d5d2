/** Counts what was written, where the writes of a collection go out. */
import type { ShardWritesAnswer } from "../contracts/documents.ts";
import { meter } from "../metrics/isolate-meter.ts";

/** What a shard answered is one request to a Durable Object; a shard that could not be had is one, too. */
export function meterWrites(collection: string, answers: readonly ShardWritesAnswer[]): void {
  const counted = meter();
  const usage = { kind: "collection", name: collection };
  counted.count("umbel_durable_object_requests_total", usage, answers.length);
  for (const answer of answers)
    if (answer.ok) counted.count("umbel_rows_written_total", usage, answer.rowsWritten);
}

export function meterOutcomes(collection: string, outcomes: readonly { ok: boolean }[]): void {
  const written = outcomes.filter(({ ok }) => ok).length;
  const count = (outcome: string, documents: number) =>
    meter().count("umbel_documents_written_total", { collection, outcome }, documents);
  count("written", written);
  count("failed", outcomes.length - written);
}
