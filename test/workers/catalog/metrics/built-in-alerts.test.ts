/** The built-in rules over series as the platform counts them, minute by minute by a set clock. */
import { runInDurableObject } from "cloudflare:test";
import { expect, it } from "vitest";
import { Meter } from "../../../../core/metrics/meter.ts";
import { AlertStore } from "../../../../shard-workers/catalog/metrics/alert-store.ts";
import { MetricStore } from "../../../../shard-workers/catalog/metrics/metric-store.ts";
import { workerUnderTest } from "../../under-test.ts";

const { env } = workerUnderTest<
  CatalogBindings,
  typeof import("../../../../shard-workers/catalog/index.ts")
>();

const START = Date.UTC(2026, 10, 25, 10);
const MINUTE_MS = 60_000;

interface Clock {
  /** Has one isolate count, for a number of minutes, with an evaluation after each: what was told, by minute from 1. */
  minutes: (count: number, use: (meter: Meter) => void) => Promise<string[]>;
}

async function withClock(run: (clock: Clock) => Promise<void>): Promise<void> {
  await runInDurableObject(env.METRICS.getByName(crypto.randomUUID()), async (_, { storage }) => {
    const metrics = new MetricStore(storage);
    const alerts = new AlertStore(storage);
    const meter = new Meter("one");
    let now = START;
    await run({
      async minutes(count, use) {
        const told: string[] = [];
        for (let minute = 1; minute <= count; minute++) {
          now += MINUTE_MS;
          use(meter);
          const sentAt = now - MINUTE_MS / 2;
          await meter.send(async (batch) => metrics.record(JSON.parse(batch), sentAt));
          const sight = {
            during: (seconds: number) => metrics.during(seconds, now),
            gauges: metrics.all().gauges,
          };
          const notices = alerts.evaluate(sight, now);
          alerts.confirm(notices.map(({ id }) => id));
          for (const { alert } of notices)
            told.push(`${minute}: ${alert.rule} ${Object.values(alert.labels).join("/")} ${alert.state}`);
        }
        return told;
      },
    });
  });
}

const nothing = (): void => undefined;

it("tells of dead letters at the next evaluation, once, and that none has come for five minutes", async () => {
  await withClock(async ({ minutes }) => {
    const usual = (meter: Meter): void => {
      meter.count("umbel_events_total", { topic: "orders", pipeline: "orders", state: "delivered" }, 10);
    };
    expect(await minutes(5, usual)).toEqual([]);
    const dies = (meter: Meter): void => {
      meter.count("umbel_events_total", { topic: "orders", pipeline: "orders", state: "dead" });
      meter.count("umbel_dead_letters_total", { pipeline: "orders" });
    };
    expect(await minutes(1, dies)).toEqual(["1: dead-letters orders firing"]);
    expect(await minutes(10, usual)).toEqual(["5: dead-letters orders resolved"]);
  });
});

it("tells of a topic that has been silent for ten minutes, once, and of its first event after that", async () => {
  await withClock(async ({ minutes }) => {
    const talks = (meter: Meter): void => {
      meter.count("umbel_events_total", { topic: "orders", pipeline: "", state: "accepted" }, 3);
    };
    expect(await minutes(60, talks)).toEqual([]);
    const told = await minutes(30, nothing);
    expect(told).toEqual([expect.stringMatching(/^1[01]: topic-silent orders firing$/)]);
    expect(await minutes(5, talks)).toEqual(["1: topic-silent orders resolved"]);
  });
});

it("does not take a topic that seldom has events for a silent one", async () => {
  await withClock(async ({ minutes }) => {
    const talks = (meter: Meter): void => {
      meter.count("umbel_events_total", { topic: "rare", pipeline: "", state: "accepted" });
    };
    for (let hour = 0; hour < 2; hour++) {
      expect(await minutes(1, talks)).toEqual([]);
      expect(await minutes(30, nothing)).toEqual([]);
    }
  });
});

it("tells of a shard that became slow within two evaluations, once, and that it is as fast as the others again", async () => {
  await withClock(async ({ minutes }) => {
    const searches = (slow: Record<number, number>) => (meter: Meter) => {
      for (let shard = 0; shard < 4; shard++) {
        const labels = { collection: "films", shard };
        meter.observe("umbel_leaf_call_duration_seconds", labels, slow[shard] ?? 0.004, 100);
      }
    };
    expect(await minutes(6, searches({}))).toEqual([]);
    const told = await minutes(10, searches({ 2: 0.3 }));
    expect(told).toEqual([expect.stringMatching(/^[12]: shard-slow films\/2 firing$/)]);
    expect(await minutes(10, searches({}))).toEqual([
      expect.stringMatching(/^\d+: shard-slow films\/2 resolved$/),
    ]);
  });
});
