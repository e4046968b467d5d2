/** Delivers what a batch became, all of a sink together, and notes with each event how that went. */
import type { Sink } from "../../core/contracts/pipelines.ts";
import { countDeliveries } from "./metering.ts";
import { worst, type Outcome } from "./outcome.ts";
import { traceDelivery } from "./tracing.ts";
import type { Parcel } from "./work.ts";

/** Delivers to one sink: an outcome for each parcel, in their order. */
export type Deliver = (sink: Sink, parcels: readonly Parcel[]) => Promise<Outcome[]>;

/** An event is delivered when all that it became is, everywhere; a sink that has all of it is not asked again. Never rejects. */
export async function deliverAll(parcels: readonly Parcel[], deliver: Deliver): Promise<void> {
  const bySink = Map.groupBy(
    parcels,
    ({ sink, key, work }) => `${key} ${work.pipeline} ${JSON.stringify(sink)}`,
  );
  await Promise.all([...bySink.values()].map((group) => deliverGroup(group, deliver)));
}

async function deliverGroup(group: readonly Parcel[], deliver: Deliver): Promise<void> {
  const [first] = group;
  if (first === undefined) return;
  const startedAt = Date.now();
  const outcomes = await deliver(first.sink, group);
  const endedAt = Date.now();
  countDeliveries(
    first.work.pipeline,
    first.sink,
    group.map((_, index) => outcomes[index] ?? { kind: "failed", error: "" }),
    endedAt - startedAt,
  );
  const failed = new Set<Parcel["work"]>();
  for (const [index, { work, trace }] of group.entries()) {
    const outcome = outcomes[index] ?? { kind: "failed", error: "The sink did not answer." };
    if (outcome.kind !== "delivered") failed.add(work);
    work.outcome = worst(work.outcome, outcome);
    if (work.trace !== undefined && trace !== undefined) {
      traceDelivery(work.trace, trace, { sink: first.sink, outcome: outcome.kind, startedAt, endedAt });
    }
  }
  for (const { work, key } of group) if (!failed.has(work)) work.done.add(key);
}
