/** Runs of events that may be what ends their consumer: counted before they begin, since afterwards nobody may be left to tell. */
import type { StartAlone } from "../../core/contracts/journal.ts";
import type { Blocks } from "./blocks.ts";
import { ALONE_RUN_MAX_MS, ALONE_STARTS_MAX } from "./limits.ts";
import { blockOf, type JournalStore } from "./store.ts";

/** Notes that the event is about to be run, and says whether it is to be. The caller holds a transaction. */
export function startAlone(
  store: JournalStore,
  blocks: Blocks,
  { sequence, index, pipeline }: { sequence: number; index: number; pipeline: string },
  now: number,
): StartAlone {
  const batch = blocks.load(blockOf(sequence)).batches.get(sequence);
  const delivery = batch?.deliveries.find((each) => each.pipeline === pipeline);
  if (delivery?.marks[index] !== "r") return "skip";
  const troubles = store.troublesOf(sequence, pipeline);
  const trouble = troubles[index];
  // It was heard of meanwhile, so it is none that ends its consumer.
  if (trouble?.alone === undefined) return "skip";
  if (now - trouble.alone.startedAt < ALONE_RUN_MAX_MS) return "skip";
  if (trouble.alone.starts >= ALONE_STARTS_MAX) return "give-up";
  trouble.alone = { starts: trouble.alone.starts + 1, startedAt: now };
  store.saveTroubles(sequence, pipeline, troubles);
  return "run";
}
