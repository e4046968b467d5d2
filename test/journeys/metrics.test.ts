/** Everything that is counted, against what is known of a load; the same at full size is `npm run bench:metering`. */
import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { beforeAll, describe, expect, it } from "vitest";
import { seriesKey } from "../../core/metrics/series.ts";
import {
  runEvents,
  runFaultySearches,
  runLostSearches,
  settled,
  type EventTally,
  type Scraped,
  type SearchTally,
} from "../support/metering-load.ts";
import { startPlatform, type Platform } from "../support/platform.ts";

const SEARCHES = 60;
const LOST = 3;
const EVENTS = 200;

/** By Worker, what its Durable Objects are used for. */
const USED_FOR = {
  documents: [{ kind: "collection" }],
  journal: [{ kind: "topic" }, { kind: "platform", name: "topics" }],
} as const;

let platform: Platform;
let searched: SearchTally;
let events: EventTally;
let counted: Scraped;
/** What objects had used by then, by what is metered and by what is counted beside that. */
let used: Record<keyof typeof USED_FOR, Awaited<ReturnType<typeof bothOf>>>;

beforeAll(async () => {
  platform = await startPlatform({ vars: { UMBEL_FAULTS: "1" }, queueBatchTimeoutS: 0.05, counted: true });
  await platform.json("PUT", "/v1/collections/alerts", { shards: 1, fields: { rule: { type: "keyword" } } });
  await platform.json("PUT", "/v1/pipelines/on-call", {
    topic: "_alerts",
    steps: [],
    deliver: [{ collection: "alerts" }],
  });
  searched = await runFaultySearches(platform, "load", SEARCHES);
  await runLostSearches(platform, "lost", LOST);
  events = await runEvents(platform, "orders", EVENTS);
  counted = await settled(
    platform,
    async (scraped) => {
      // At this moment: alarms come by themselves, and use more.
      used = { documents: await bothOf(scraped, "documents"), journal: await bothOf(scraped, "journal") };
      return (
        scraped.sum("umbel_events_total", { pipeline: "orders" }) === EVENTS &&
        scraped.sum("umbel_deliveries_total", { pipeline: "orders" }) === events.delivered &&
        Object.values(used).every(({ metered, beside }) => isDeepStrictEqual(metered, beside))
      );
    },
    async () => platform.json("GET", "/v1/topics/orders"),
  );
});

/** What the platform says that Durable Objects used, and what was counted beside it. */
async function bothOf(scraped: Scraped, worker: keyof typeof USED_FOR) {
  const sum = (name: string): number =>
    USED_FOR[worker].reduce((total, labels) => total + scraped.sum(name, labels), 0);
  const metered = {
    rowsRead: sum("umbel_rows_read_total"),
    rowsWritten: sum("umbel_rows_written_total"),
    requests: sum("umbel_durable_object_requests_total"),
  };
  return { metered, beside: await platform.countedBeside(worker) };
}

describe("what is counted", () => {
  it("has every search, by how it ended", () => {
    const of = (collection: string, outcome: string) =>
      counted.sum("umbel_searches_total", { collection, outcome });
    expect([of("load", "complete"), of("load", "failed"), of("load", "partial")]).toEqual([
      searched.complete,
      0,
      SEARCHES - searched.complete,
    ]);
    expect([of("lost", "failed"), of("lost", "partial"), of("lost", "refused")]).toEqual([LOST, LOST, LOST]);
  });

  it("has every call to a leaf as the answers tell of them, with hedges and retries", () => {
    const calls = Object.keys(searched.calls).map((key) => {
      const [kind = "", state = ""] = key.split(" ");
      return [key, counted.sum("umbel_leaf_calls_total", { collection: "load", kind, state })];
    });
    expect(Object.fromEntries(calls)).toEqual(searched.calls);
    expect(counted.sum("umbel_leaf_retries_total", { collection: "load" })).toBe(searched.retried);
    expect(counted.sum("umbel_leaf_hedges_total", { collection: "load" })).toBe(searched.hedged);
    expect(searched.retried).toBeGreaterThan(0);
  });

  it("has every event, by what became of it, and each run of a step and delivery", () => {
    const of = (state: string) => counted.sum("umbel_events_total", { topic: "orders", state });
    expect([of("accepted"), of("delivered"), of("filtered"), of("dead")]).toEqual([
      events.accepted,
      events.delivered,
      events.filtered,
      events.dead,
    ]);
    const steps = (outcome: string) => counted.sum("umbel_step_runs_total", { decorator: "fail", outcome });
    expect([steps("ok"), steps("failed")]).toEqual([events.delivered, events.dead]);
    expect(counted.sum("umbel_deliveries_total", { pipeline: "orders", outcome: "delivered" })).toBe(
      events.delivered,
    );
    expect(counted.sum("umbel_dead_letters_total", { pipeline: "orders" })).toBe(events.dead);
    expect(counted.sum("umbel_documents_written_total", { collection: "orders" })).toBe(events.delivered);
  });

  it("has the rows and requests that the runtime itself tells of", () => {
    for (const [worker, { metered, beside }] of Object.entries(used)) {
      expect(metered, worker).toEqual(beside);
      expect(beside.rowsWritten, worker).toBeGreaterThan(0);
    }
  });

  it("has the size of each replica", () => {
    for (let shard = 0; shard < 3; shard++) {
      for (let replica = 0; replica < 2; replica++) {
        const key = seriesKey("umbel_leaf_bytes", { collection: "load", shard, replica });
        const line = counted.text.split("\n").find((each) => each.startsWith(`${key} `));
        expect(Number(line?.slice(key.length)), key).toBeGreaterThan(0);
      }
    }
  });
});

describe("dead letters", () => {
  it("are told of once, by whatever pipeline listens", async () => {
    const told = async () => {
      const { body } = await platform.json<{ hits: { document: { rule: string; state: string } }[] }>(
        "POST",
        "/v1/collections/alerts/search",
        { filter: "rule = 'dead-letters'" },
      );
      return body.hits.map(({ document }) => document.state);
    };
    await platform.scheduled("root");
    for (let attempt = 0; attempt < 1_000 && (await told()).length === 0; attempt++) await sleep(50);
    await platform.scheduled("root");
    const { body } = await platform.json<{ alerts: { rule: string }[] }>("GET", "/v1/alerts");
    expect(body.alerts.filter(({ rule }) => rule === "dead-letters")).toMatchObject([
      { rule: "dead-letters", labels: { pipeline: "orders" }, state: "firing", value: events.dead },
    ]);
    expect(await told()).toEqual(["firing"]);
  });
});
