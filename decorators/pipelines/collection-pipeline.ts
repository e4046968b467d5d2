/** Events on their way into a collection that has a pipeline of its own: they go through its steps, as documents from outside do. */
import type { CloudEvent } from "../../core/cloudevents/event.ts";
import { contextOf } from "./context.ts";
import { EVENTS_OUT_MAX } from "./limits.ts";
import { worst, type Outcome } from "./outcome.ts";
import type { PipelineCache } from "./pipeline-cache.ts";
import { runSteps } from "./runner.ts";
import type { Services } from "../services.ts";
import { occurrenceOf, type Parcel } from "./work.ts";

export interface CollectionPipelineReach {
  findPipeline: (name: string, version: number) => ReturnType<PipelineCache["find"]>;
  services: Services;
  now: () => number;
}

/** Runs the steps of `name` over what is to be delivered, delivers what they make, and gives each parcel one outcome. */
export async function throughPipeline(
  reach: CollectionPipelineReach,
  name: string,
  parcels: readonly Parcel[],
  deliver: (parcels: readonly Parcel[]) => Promise<Outcome[]>,
): Promise<Outcome[]> {
  const runs = await Promise.all(parcels.map((parcel) => runOne(reach, name, parcel)));
  // A part of its own for each that an event became, the same at every run: the order of writes goes by it.
  const made = parcels.flatMap((parcel, at) => {
    const run = runs[at];
    if (run === undefined || !("events" in run)) return [];
    return run.events.map((event, n) => ({
      at,
      parcel: { ...parcel, event, part: parcel.part * EVENTS_OUT_MAX + n },
    }));
  });
  const delivered = await deliver(made.map(({ parcel }) => parcel));
  const outcomes = runs.map((run): Outcome => ("events" in run ? { kind: "delivered" } : run.outcome));
  for (const [index, { at }] of made.entries()) {
    const outcome = delivered[index] ?? { kind: "failed", error: "The sink did not answer." };
    outcomes[at] = worst(outcomes[at] ?? outcome, outcome);
  }
  return outcomes;
}

async function runOne(
  { findPipeline, services, now }: CollectionPipelineReach,
  name: string,
  { work, event }: Parcel,
): Promise<{ events: CloudEvent[] } | { outcome: Outcome }> {
  const found = await findPipeline(name, 0);
  if (!found.ok) return { outcome: found.trouble };
  const { topic, version } = found.pipeline;
  const context = contextOf({ topic, name, version }, occurrenceOf(work.topic, work.handed), {
    now: now(),
    services,
  });
  const run = await runSteps(found.pipeline.steps, event, context, { now });
  if (run.kind === "made") return { events: run.events };
  return run.kind === "filtered" ? { events: [] } : { outcome: run };
}
