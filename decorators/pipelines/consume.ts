/**
 * One batch off the queue, in steps that each take all of it: read, run, deliver, confirm. Whatever goes wrong
 * with an event becomes that event's outcome, so that its neighbours never notice. Messages are acknowledged in
 * any case: what the journal was not told of, it hands over again.
 */
import type { CloudEvent } from "../../core/cloudevents/event.ts";
import type { Confirmation } from "../../core/contracts/journal.ts";
import { takeOrigin } from "../../core/cloudevents/platform-attributes.ts";
import { parseHandover, type HandedEvent, type Handover } from "../../core/contracts/queue.ts";
import type { DecoratorContext } from "../contract.ts";
import type { Services } from "../services.ts";
import { confirmationsOf, type Settled } from "./confirmations.ts";
import { worst, verdict, type Outcome } from "./outcome.ts";
import type { PipelineCache, RunnablePipeline } from "./pipeline-cache.ts";
import { runPipeline } from "./runner.ts";

/** What processing reaches out to. */
export interface Reach {
  findPipeline: (handover: Handover) => ReturnType<PipelineCache["find"]>;
  /** Delivers to a collection: an outcome for each event, in their order. */
  deliver: (collection: string, events: readonly CloudEvent[]) => Promise<Outcome[]>;
  confirm: (topic: string, confirmations: Confirmation[]) => Promise<void>;
  /** In [0, 1), a new one at each call. */
  random: () => number;
  /** Epoch milliseconds. */
  now: () => number;
  services: Services;
}

/** An event on its way: where it came from, and what became of it so far. */
interface Work {
  handover: Handover;
  handed: HandedEvent;
  version: number;
  outcome: Outcome;
}

/** What is to be delivered for an event, and where. */
interface Parcel {
  work: Work;
  collection: string;
  event: CloudEvent;
}

/** Never rejects. `bodies` are those of the batch's messages, whoever wrote them. */
export async function consume(bodies: readonly unknown[], reach: Reach): Promise<void> {
  const handovers = read(bodies);
  const works: Work[] = [];
  const parcels: Parcel[] = [];
  for (const done of await Promise.all(handovers.map((handover) => run(handover, reach)))) {
    works.push(...done.works);
    parcels.push(...done.parcels);
  }
  await deliver(parcels, reach);
  await confirm(works, reach);
}

function read(bodies: readonly unknown[]): Handover[] {
  const handovers = bodies.map(parseHandover).filter((handover) => handover !== undefined);
  if (handovers.length < bodies.length) {
    console.error(
      JSON.stringify({ event: "unreadable-messages", messages: bodies.length - handovers.length }),
    );
  }
  return handovers;
}

async function run(handover: Handover, reach: Reach): Promise<{ works: Work[]; parcels: Parcel[] }> {
  const found = await reach.findPipeline(handover);
  if (!found.ok) {
    const { version, events } = handover;
    return {
      works: events.map((handed) => ({ handover, handed, version, outcome: found.trouble })),
      parcels: [],
    };
  }
  const done = await Promise.all(
    handover.events.map((handed) => runEvent(handover, handed, found.pipeline, reach)),
  );
  return { works: done.map(({ work }) => work), parcels: done.flatMap(({ parcels }) => parcels) };
}

async function runEvent(
  handover: Handover,
  handed: HandedEvent,
  pipeline: RunnablePipeline,
  reach: Reach,
): Promise<{ work: Work; parcels: Parcel[] }> {
  const { topic, pipeline: name } = handover;
  const { version } = pipeline;
  const now = reach.now();
  const { event, ...from } = takeOrigin(handed.event);
  const context: DecoratorContext = {
    topic,
    pipeline: name,
    version,
    attempt: handed.failures + handed.waits + 1,
    occurrence: `${topic}/${handed.sequence}/${handed.index}`,
    acceptedAt: now,
    now,
    calls: [],
    services: reach.services,
    ...from,
  };
  const made = await runPipeline(pipeline, event, context);
  const outcome: Outcome = made.kind === "made" ? { kind: "delivered" } : made;
  const work: Work = { handover, handed, version, outcome };
  if (made.kind !== "made") return { work, parcels: [] };
  const parcels = pipeline.deliver.flatMap(({ collection }) =>
    made.events.map((event): Parcel => ({ work, collection, event })),
  );
  return { work, parcels };
}

/** All events for a collection together. An event is delivered when all that it became is, everywhere. */
async function deliver(parcels: readonly Parcel[], reach: Reach): Promise<void> {
  const byCollection = Map.groupBy(parcels, ({ collection }) => collection);
  await Promise.all(
    [...byCollection].map(async ([collection, group]) => {
      const outcomes = await reach.deliver(
        collection,
        group.map(({ event }) => event),
      );
      for (const [index, { work }] of group.entries()) {
        work.outcome = worst(
          work.outcome,
          outcomes[index] ?? { kind: "failed", error: "The sink did not answer." },
        );
      }
    }),
  );
}

/** One call a topic. */
async function confirm(works: readonly Work[], reach: Reach): Promise<void> {
  const byTopic = Map.groupBy(works, ({ handover }) => handover.topic);
  await Promise.all(
    [...byTopic].map(async ([topic, group]) => {
      const settled = group.map(({ handover, handed, version, outcome }): Settled => ({
        pipeline: handover.pipeline,
        version,
        sequence: handed.sequence,
        index: handed.index,
        verdict: verdict(outcome, handed, reach.random()),
      }));
      report(topic, settled);
      try {
        await reach.confirm(topic, confirmationsOf(settled));
      } catch (error) {
        console.error(
          JSON.stringify({ event: "confirm-failed", topic, events: settled.length, error: String(error) }),
        );
      }
    }),
  );
}

/** Only what went wrong: what went well is in the journal's counts. */
function report(topic: string, settled: readonly Settled[]): void {
  const dead = settled.filter(({ verdict: { kind } }) => kind === "dead").length;
  const retried = settled.filter(({ verdict: { kind } }) => kind === "retry").length;
  if (dead + retried > 0) console.warn(JSON.stringify({ event: "events-failed", topic, dead, retried }));
}
