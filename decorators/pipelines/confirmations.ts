/** What became of events, as the journal is told it: by log row and pipeline. */
import type { Confirmation } from "../../core/contracts/journal.ts";
import type { Verdict } from "./outcome.ts";

/** One event's verdict, with its place in the journal. */
export interface Settled {
  sequence: number;
  index: number;
  pipeline: string;
  version: number;
  verdict: Verdict;
  /** The sinks that have it. */
  done?: string[];
}

export function confirmationsOf(settled: readonly Settled[]): Confirmation[] {
  const confirmations = new Map<string, Confirmation>();
  for (const { sequence, index, pipeline, version, verdict, done = [] } of settled) {
    const key = `${sequence}/${version}/${pipeline}`;
    const confirmation = confirmations.get(key) ?? {
      sequence,
      pipeline,
      version,
      delivered: [],
      filtered: [],
      dead: [],
      retry: [],
    };
    confirmations.set(key, confirmation);
    if (verdict.kind === "dead") confirmation.dead.push({ index, error: verdict.error });
    else if (verdict.kind === "retry") {
      const { error, delayMs, waiting } = verdict;
      confirmation.retry.push({ index, error, delayMs, waiting, ...(done.length === 0 ? {} : { done }) });
    } else confirmation[verdict.kind].push(index);
  }
  return [...confirmations.values()];
}
