/**
 * One batch off the queue, in steps that each take all of it: read, run, deliver, settle. Whatever goes wrong
 * with an event becomes that event's outcome, so that its neighbours never notice. Messages are acknowledged in
 * any case: what the journal was not told of, it hands over again.
 */
import type { StartAlone } from "../../core/contracts/journal.ts";
import { parseHandover, type HandedEvent, type Handover } from "../../core/contracts/queue.ts";
import type { Services } from "../services.ts";
import { deliverAll, type Deliver } from "./deliver.ts";
import type { PipelineCache } from "./pipeline-cache.ts";
import { settle, type Ending } from "./settle.ts";
import { runEvent, stuck, type Parcel, type Work } from "./work.ts";

/** What processing reaches out to. */
export interface Reach extends Ending {
  findPipeline: (handover: Handover) => ReturnType<PipelineCache["find"]>;
  deliver: Deliver;
  /** Asks the journal whether an event that may end its consumer is to be run once more. */
  startAlone: (
    topic: string,
    place: { pipeline: string; sequence: number; index: number },
  ) => Promise<StartAlone>;
  /** Epoch milliseconds. */
  now: () => number;
  services: Services;
}

/** Never rejects. `bodies` are those of the batch's messages, whoever wrote them. */
export async function consume(bodies: readonly unknown[], reach: Reach): Promise<void> {
  const handovers = read(bodies);
  await processAll(
    handovers.map((handover) => ({ ...handover, events: handover.events.filter(({ alone }) => !alone) })),
    reach,
  );
  // What may end this isolate comes when all else is settled, and one at a time.
  for (const handover of handovers) {
    for (const handed of handover.events.filter(({ alone }) => alone))
      await processAlone(handover, handed, reach);
  }
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

async function processAll(handovers: readonly Handover[], reach: Reach): Promise<void> {
  const given = handovers.filter(({ events }) => events.length > 0);
  const found = await Promise.all(
    given.map(async (handover) => ({ handover, answer: await reach.findPipeline(handover) })),
  );
  // Users' functions may take their time, for which no other pipeline's events wait.
  const groups = Map.groupBy(found, ({ handover, answer }) =>
    answer.ok && answer.pipeline.runsFunctions ? handover.pipeline : "",
  );
  await Promise.all([...groups.values()].map((group) => processGroup(group, reach)));
}

interface Found {
  handover: Handover;
  answer: Awaited<ReturnType<Reach["findPipeline"]>>;
}

async function processGroup(group: readonly Found[], reach: Reach): Promise<void> {
  const works: Work[] = [];
  const parcels: Parcel[] = [];
  for (const done of await Promise.all(group.map((each) => run(each, reach)))) {
    works.push(...done.works);
    parcels.push(...done.parcels);
  }
  // Others' machines may take their time; what does not wait for them is settled before.
  const slow = parcels.filter(({ sink }) => "webhook" in sink || "email" in sink);
  const slowParcels = new Set(slow);
  const slowWorks = new Set(slow.map(({ work }) => work));
  const slowly = deliverAll(slow, reach.deliver);
  await deliverAll(
    parcels.filter((parcel) => !slowParcels.has(parcel)),
    reach.deliver,
  );
  await settle(
    works.filter((work) => !slowWorks.has(work)),
    reach,
  );
  await slowly;
  await settle([...slowWorks], reach);
}

async function run({ handover, answer }: Found, reach: Reach): Promise<{ works: Work[]; parcels: Parcel[] }> {
  if (!answer.ok) {
    return { works: handover.events.map((handed) => stuck(handover, handed, answer.trouble)), parcels: [] };
  }
  // All at once: what their steps ask others for goes out together (services.ts).
  const done = await Promise.all(
    handover.events.map((handed) => runEvent(handover, handed, answer.pipeline, reach)),
  );
  return { works: done.map(({ work }) => work), parcels: done.flatMap(({ parcels }) => parcels) };
}

async function processAlone(handover: Handover, handed: HandedEvent, reach: Reach): Promise<void> {
  const { topic, pipeline } = handover;
  const { sequence, index } = handed;
  let answer: StartAlone;
  try {
    answer = await reach.startAlone(topic, { pipeline, sequence, index });
  } catch (error) {
    console.error(JSON.stringify({ event: "start-alone-failed", topic, error: String(error) }));
    return;
  }
  if (answer === "run") await processAll([{ ...handover, events: [handed] }], reach);
  if (answer === "give-up") {
    const error = "Nothing was heard of its runs, also when it ran alone: it ends whoever runs it.";
    await settle([stuck(handover, handed, { kind: "rejected", error })], reach);
  }
}
