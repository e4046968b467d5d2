/** Takes in what pipelines say has become of events. */
import { withAttempt } from "../../core/attempts.ts";
import type { Confirmation } from "../../core/contracts/journal.ts";
import type { Blocks } from "./blocks.ts";
import { DONE_SINKS_MAX, ERROR_CHARS_MAX, RETRY_DELAY_MAX_MS } from "./limits.ts";
import { applyConfirmation, blockDueAt, type Applied } from "./progress.ts";
import { blockOf, type JournalStore, type Trouble } from "./store.ts";

export interface Confirmed {
  /** When something that was confirmed in is due; infinity: never. */
  dueAt: number;
  /** What the slowest of the first handovers took; undefined when there was none among them. */
  latencyMs: number | undefined;
  /** What was news: late and repeated confirmations are not in it. */
  news: Extract<Applied, { changed: true }>[];
}

/** Applies confirmations block by block, a row written for each. The caller holds a transaction. */
export function applyConfirmations(
  store: JournalStore,
  blocks: Blocks,
  confirmations: readonly Confirmation[],
  now: number,
): Confirmed {
  const byBlock = Map.groupBy(confirmations, ({ sequence }) => blockOf(sequence));
  const confirmed: Confirmed = { dueAt: Number.POSITIVE_INFINITY, latencyMs: undefined, news: [] };
  for (const [number, inBlock] of byBlock) {
    const block = blocks.load(number);
    let changed = false;
    for (const confirmation of inBlock) {
      const applied = applyConfirmation(block, confirmation);
      if (!applied.changed) continue;
      changed = true;
      confirmed.news.push(applied);
      const { handed, handedAt } = applied.delivery;
      if (handed === 1) confirmed.latencyMs = Math.max(confirmed.latencyMs ?? 0, now - handedAt);
      noteTroubles(store, confirmation, applied, now);
    }
    if (changed) blocks.save(block);
    confirmed.dueAt = Math.min(confirmed.dueAt, blockDueAt(block));
  }
  return confirmed;
}

function noteTroubles(
  store: JournalStore,
  { sequence, pipeline, version }: Confirmation,
  { delivery, dead, retry }: Extract<Applied, { changed: true }>,
  now: number,
): void {
  if (dead.length + retry.length === 0) return;
  const troubles = store.troublesOf(sequence, pipeline);
  const note = (index: number, text: string, dueAt: number, waiting: boolean, done?: string[]): void => {
    const { failures, waits, history = [] } = troubles[index] ?? { failures: 0, waits: 0 };
    const counts = waiting ? { failures, waits: waits + 1 } : { failures: failures + 1, waits };
    const error = text.slice(0, ERROR_CHARS_MAX);
    const trouble: Trouble = {
      ...counts,
      error,
      history: withAttempt(history, { at: now, version, error, times: 1 }),
      handed: 0,
      dueAt,
    };
    if (done !== undefined) trouble.done = done.slice(0, DONE_SINKS_MAX);
    troubles[index] = trouble;
  };
  for (const { index, error } of dead) note(index, error, now, false);
  for (const { index, error, delayMs, waiting, done } of retry) {
    const dueAt = now + Math.min(Math.max(delayMs, 0), RETRY_DELAY_MAX_MS);
    note(index, error, dueAt, waiting, done);
    delivery.retryAt = Math.min(delivery.retryAt, dueAt);
  }
  store.saveTroubles(sequence, pipeline, troubles);
}
