/**
 * The ledger's trial: events are published to a platform whose consumers fail on purpose, and which is killed in between; then all
 * of them are looked for. Used by a journey with some events, and by `npm run bench:ledger` with many.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { startProcess, type PlatformProcess } from "./platform-process.ts";

export interface Trial {
  events: number;
  /** How often everything is killed while events are published and run. */
  kills: number;
  /** The share of what consumers do that goes wrong. */
  faultRate: number;
  /** How long events may take to drain. */
  drainMs: number;
  say?: (line: string) => void;
}

export interface Counts {
  accepted: number;
  delivered: number;
  filtered: number;
  dead: number;
  inFlight: number;
}

export interface Found {
  counts: Counts;
  /** Times that the ledger was looked at, and did not add up. */
  wrongLedgers: Counts[];
  /** What is in the collection, by how often. */
  documents: Map<string, number>;
  deadLetters: Set<string>;
  expected: { delivered: string[]; filtered: string[]; dead: string[] };
}

const BATCH_EVENTS = 100;
const TOPIC = "trial";

/** Of a hundred events five are not wanted, and two can't be documents. */
function kindOf(n: number): keyof Found["expected"] {
  if (n % 20 === 3) return "filtered";
  return n % 50 === 7 ? "dead" : "delivered";
}

function eventOf(n: number): object {
  const kind = kindOf(n);
  const data = { id: `e-${n}`, n: kind === "dead" ? "not a number" : n, wanted: kind !== "filtered" };
  return { specversion: "1.0", id: `e-${n}`, source: "/trial", type: "trial", data };
}

/** Runs the trial. The state folder goes with the caller's clean-up. */
export async function runTrial({
  events,
  kills,
  faultRate,
  drainMs,
  say = () => undefined,
}: Trial): Promise<Found> {
  const env = { UMBEL_FAULTS: "1", UMBEL_EVENT_FAULTS: String(faultRate) };
  let platform = await startProcess({ env });
  await declare(platform);
  const wrongLedgers: Counts[] = [];
  const batches = Math.ceil(events / BATCH_EVENTS);
  const killAfter = new Set(
    Array.from({ length: kills }, (_, n) => Math.floor(((n + 1) * batches) / (kills + 1))),
  );
  for (let batch = 0; batch < batches;) {
    const first = batch * BATCH_EVENTS;
    const body = Array.from({ length: Math.min(BATCH_EVENTS, events - first) }, (_, n) => eventOf(first + n));
    const publishing = publish(platform, body);
    if (killAfter.delete(batch)) {
      // In the middle of a request: whether it was accepted is not known, so it is sent again.
      await sleep(5);
      await platform.kill();
      await publishing;
      say(`killed after ${first} events`);
      platform = await startProcess({ state: platform.state, env });
    } else if (await publishing) {
      batch += 1;
      if (batch % 10 === 0) await look(platform, wrongLedgers);
    }
  }
  say(`published ${events} events`);
  const counts = await drain(platform, drainMs, wrongLedgers, say);
  const found = {
    counts,
    wrongLedgers,
    documents: await documentsOf(platform),
    deadLetters: await deadLettersOf(platform),
    expected: expectedOf(events),
  };
  await platform.interrupt();
  return found;
}

async function declare(platform: PlatformProcess): Promise<void> {
  const code = "export const decorate = (event) => ({ ...event, data: { c: 3, ...event.data } });";
  await platform.json("PUT", "/v1/functions/third", { modules: { "index.js": code } });
  await platform.json("PUT", "/v1/collections/trial", { shards: 4, fields: { n: { type: "number" } } });
  const { status, body } = await platform.json("PUT", "/v1/pipelines/trial", {
    topic: TOPIC,
    filter: "data.wanted = TRUE",
    steps: [
      { use: "defaults", with: { a: 1 } },
      { use: "defaults", with: { b: 2 } },
      { use: "function:third" },
    ],
    // Faults come often, and none of them is the event's.
    retry: { attempts: 100, firstDelayMs: 50, maxDelayMs: 500 },
    deliver: [{ collection: "trial" }],
  });
  if (status !== 201) throw new Error(JSON.stringify(body));
}

/** Whether it was answered with a 202. */
async function publish(platform: PlatformProcess, events: object[]): Promise<boolean> {
  const headers = { "content-type": "application/cloudevents-batch+json" };
  try {
    return (await platform.json("POST", `/v1/topics/${TOPIC}/events`, events, headers)).status === 202;
  } catch {
    return false;
  }
}

async function look(platform: PlatformProcess, wrong: Counts[]): Promise<Counts> {
  const { body } = await platform.json<{ events: Counts }>("GET", `/v1/topics/${TOPIC}`);
  const { accepted, delivered, filtered, dead, inFlight } = body.events;
  if (accepted !== delivered + filtered + dead + inFlight || inFlight < 0) wrong.push(body.events);
  return body.events;
}

async function drain(
  platform: PlatformProcess,
  drainMs: number,
  wrong: Counts[],
  say: (line: string) => void,
): Promise<Counts> {
  const giveUpAt = Date.now() + drainMs;
  for (;;) {
    const counts = await look(platform, wrong);
    if (counts.inFlight === 0 || Date.now() > giveUpAt) return counts;
    say(`${counts.inFlight} in flight`);
    await sleep(1_000);
  }
}

async function documentsOf(platform: PlatformProcess): Promise<Map<string, number>> {
  const response = await platform.fetch("/v1/collections/trial/export");
  const found = new Map<string, number>();
  for (const line of (await response.text()).split("\n")) {
    if (line === "") continue;
    const { id } = JSON.parse(line) as { id: string };
    found.set(id, (found.get(id) ?? 0) + 1);
  }
  return found;
}

async function deadLettersOf(platform: PlatformProcess): Promise<Set<string>> {
  const found = new Set<string>();
  let cursor = "";
  do {
    const { body } = await platform.json<{ deadLetters: { eventId: string }[]; cursor?: string }>(
      "GET",
      `/v1/dead-letters?limit=500${cursor === "" ? "" : `&cursor=${cursor}`}`,
    );
    for (const { eventId } of body.deadLetters) found.add(eventId);
    cursor = body.cursor ?? "";
  } while (cursor !== "");
  return found;
}

function expectedOf(events: number): Found["expected"] {
  const expected: Found["expected"] = { delivered: [], filtered: [], dead: [] };
  for (let n = 0; n < events; n++) expected[kindOf(n)].push(`e-${n}`);
  return expected;
}
