/** An event's state, as callers see it. */
import type { EventState, PipelineEventState } from "../../core/contracts/journal.ts";
import type { Blocks } from "./blocks.ts";
import type { Found } from "./keys.ts";
import { eventStateOf, stateOf, type Delivery } from "./progress.ts";
import { blockOf, type JournalStore } from "./store.ts";

/** @param found the event, which is in the log. */
export function describeEvent(store: JournalStore, blocks: Blocks, found: Found): EventState {
  const { id, source, sequence, index } = found;
  const batch = blocks.load(blockOf(sequence)).batches.get(sequence);
  if (batch === undefined) throw new Error("an event that is in the log has no batch");
  return {
    id,
    source,
    state: eventStateOf(batch, index),
    pipelines: batch.deliveries.map((delivery) => describeDelivery(store, delivery, sequence, index)),
  };
}

function describeDelivery(
  store: JournalStore,
  { pipeline, version, marks }: Delivery,
  sequence: number,
  index: number,
): PipelineEventState {
  const mark = marks[index] ?? ".";
  const trouble = store.troublesOf(sequence, pipeline)[index];
  const succeeded = mark === "d" || mark === "f";
  return {
    name: pipeline,
    version,
    state: stateOf(mark),
    attempts: (trouble?.failures ?? 0) + (trouble?.waits ?? 0) + (succeeded ? 1 : 0),
    ...(trouble === undefined ? {} : { error: trouble.error }),
  };
}
