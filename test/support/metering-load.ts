/** A known load of searches and events with known failures, and what the platform has counted of it. Shared by the journey and the bench. */
import { setTimeout as sleep } from "node:timers/promises";
import { parseSeries } from "../../core/metrics/series.ts";
import { putFaults, prepare, searchAll, endFaults, type SearchAnswerBody } from "./fault-runs.ts";
import type { HttpClient } from "./http-client.ts";
import type { Platform } from "./platform.ts";

const SHARDS = 3;
const REPLICAS = 2;

/** Every tenth event is refused by a step, and every fifth is filtered out. */
export const DEAD_EVERY = 10;
const FILTERED_EVERY = 5;

/** Late enough for a hedge to be sent. */
const LATE_MS = 400;

const ATTEMPT_MS = 250;
const ATTEMPTS_MAX = 160;
/** Longer than it takes until what is counted is sent, so that between two all is. */
const WAKE_EVERY = 28;

/** What `/metrics` says. */
export class Scraped {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  /** The sum of a counter's series that have these labels. */
  sum(name: string, labels: Readonly<Record<string, string>> = {}): number {
    let sum = 0;
    for (const line of this.text.split("\n")) {
      if (!line.startsWith(name)) continue;
      const space = line.lastIndexOf(" ");
      const series = parseSeries(line.slice(0, space));
      if (series?.name !== name) continue;
      if (Object.entries(labels).every(([label, value]) => series.labels[label] === value))
        sum += Number(line.slice(space + 1));
    }
    return sum;
  }
}

export async function scrape(client: HttpClient): Promise<Scraped> {
  return new Scraped(await (await client.fetch("/metrics")).text());
}

/** What searches have told of themselves. */
export interface SearchTally {
  complete: number;
  hedged: number;
  retried: number;
  /** By kind and state, "first answered". */
  calls: Record<string, number>;
}

/** Searches of a collection in which calls fail, each of which is made good by a retry or not counted on. */
export async function runFaultySearches(
  client: HttpClient,
  name: string,
  searches: number,
): Promise<SearchTally> {
  await prepare(client, name, { shards: SHARDS, replicas: REPLICAS });
  const rules = [
    { collection: name, replica: 0, failRate: 0.3 },
    { collection: name, replica: 1, delayMs: LATE_MS, delayRate: 0.05 },
  ];
  await putFaults(client, { rules, seed: 3 });
  const tally: SearchTally = { complete: 0, hedged: 0, retried: 0, calls: {} };
  let left = searches;
  const worker = async (): Promise<void> => {
    for (; left > 0;) {
      left -= 1;
      const { status, body } = await searchAll(client, name);
      if (status !== 200) throw new Error(`a search that is to be made good was answered ${status}`);
      addTo(tally, body);
    }
  };
  await Promise.all(Array.from({ length: 4 }, worker));
  await endFaults(client);
  return tally;
}

function addTo(tally: SearchTally, { coverage, leaves, explain = [] }: SearchAnswerBody): void {
  if (coverage === 1) tally.complete += 1;
  tally.hedged += leaves.hedged;
  tally.retried += leaves.retried;
  for (const { kind, state } of explain.flatMap(({ attempts }) => attempts)) {
    const key = `${kind} ${state}`;
    tally.calls[key] = (tally.calls[key] ?? 0) + 1;
  }
}

/** Searches that fail, that are partial, and that are refused: so many of each. */
export async function runLostSearches(client: HttpClient, name: string, each: number): Promise<void> {
  await prepare(client, name, { shards: 2, replicas: 1 });
  await putFaults(client, { rules: [{ collection: name, shard: 1, failRate: 1 }], seed: 1, retry: false });
  for (let n = 0; n < each; n++) {
    const statuses = [
      (await searchAll(client, name)).status,
      (await searchAll(client, name, { partial: "allow" })).status,
      (await searchAll(client, name, { filter: "n >" })).status,
    ];
    if (String(statuses) !== "503,200,400") throw new Error(`searches were answered ${String(statuses)}`);
  }
  await endFaults(client);
}

export interface EventTally {
  accepted: number;
  dead: number;
  filtered: number;
  delivered: number;
}

/** Events of which some are filtered out and some are refused, into a collection; answers when all are settled. */
export async function runEvents(client: HttpClient, topic: string, events: number): Promise<EventTally> {
  await client.json("PUT", `/v1/collections/${topic}`, { shards: 1, fields: { n: { type: "number" } } });
  const declared = await client.json("PUT", `/v1/pipelines/${topic}`, {
    topic,
    filter: "data.kind <> 'other'",
    steps: [{ use: "fail", with: { message: "spoilt", when: "data.kind = 'spoilt'" } }],
    deliver: [{ collection: topic }],
  });
  if (declared.status !== 201) throw new Error(JSON.stringify(declared.body));
  const tally: EventTally = { accepted: events, dead: 0, filtered: 0, delivered: 0 };
  const all = Array.from({ length: events }, (_, n) => {
    if (n % DEAD_EVERY === 0) tally.dead += 1;
    else if (n % FILTERED_EVERY === 1) tally.filtered += 1;
    else tally.delivered += 1;
    const kind = n % DEAD_EVERY === 0 ? "spoilt" : n % FILTERED_EVERY === 1 ? "other" : "good";
    return {
      specversion: "1.0",
      id: `e-${n}`,
      source: "/load",
      type: "made",
      data: { id: `e-${n}`, n, kind },
    };
  });
  for (let from = 0; from < all.length; from += 100) {
    const { status } = await client.json("POST", `/v1/topics/${topic}/events`, all.slice(from, from + 100), {
      "content-type": "application/cloudevents-batch+json",
    });
    if (status !== 202) throw new Error(`events were answered ${status}`);
  }
  for (let state = { inFlight: 1 }; state.inFlight > 0; await sleep(50)) {
    const { body } = await client.json<{ events: { inFlight: number } }>("GET", `/v1/topics/${topic}`);
    state = body.events;
  }
  return tally;
}

/**
 * Waits until all isolates have sent what they have counted: a Worker's does so by itself after five seconds, that of the leaves also
 * with a cron trigger. What alarms use after that goes with the next request: `wake` is one.
 */
export async function settled(
  platform: Platform,
  isSettled: (scraped: Scraped) => Promise<boolean> | boolean,
  wake: () => Promise<unknown>,
): Promise<Scraped> {
  for (let attempt = 0; ; attempt++) {
    await platform.scheduled("documents");
    const scraped = await scrape(platform);
    if ((await isSettled(scraped)) || attempt === ATTEMPTS_MAX) return scraped;
    await sleep(ATTEMPT_MS);
    if (attempt % WAKE_EVERY === WAKE_EVERY - 1) await wake();
  }
}
