/** The history of an event that fails. */
import type { Attempt } from "./contracts/queue.ts";

/** Different errors in a row that are kept of an event: enough to see how it went from one to another. */
export const HISTORY_MAX = 8;

/** The history with one more attempt, bounded: what went wrong as before is counted, and the oldest goes. */
export function withAttempt(history: readonly Attempt[], attempt: Attempt): Attempt[] {
  const last = history.at(-1);
  if (last?.error === attempt.error && last.version === attempt.version) {
    return [...history.slice(0, -1), { ...last, times: last.times + 1 }];
  }
  return [...history, attempt].slice(-HISTORY_MAX);
}
