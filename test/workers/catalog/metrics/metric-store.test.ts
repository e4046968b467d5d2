import { runInDurableObject } from "cloudflare:test";
import { expect, it } from "vitest";
import type { MetricValues } from "../../../../core/contracts/metrics.ts";
import { FOLD_SLOTS, GAUGE_KEPT_MS, SLOT_MS } from "../../../../shard-workers/catalog/metrics/limits.ts";
import { MetricStore } from "../../../../shard-workers/catalog/metrics/metric-store.ts";
import { workerUnderTest } from "../../under-test.ts";

const { env } = workerUnderTest<
  CatalogBindings,
  typeof import("../../../../shard-workers/catalog/index.ts")
>();

const SEARCHES = 'umbel_searches_total{collection="films",outcome="complete"}';
const COVERAGE = 'umbel_search_coverage_ratio{collection="films"}';
const SEGMENTS = 'umbel_leaf_segments{collection="films",shard="0",replica="0"}';

const START = Date.UTC(2026, 10, 25, 10);
const FOLD_MS = FOLD_SLOTS * SLOT_MS;

function counted(searches: number, more: Partial<MetricValues> = {}): MetricValues {
  return { counters: { [SEARCHES]: searches }, gauges: {}, histograms: {}, ...more };
}

/** Runs with the storage of an object of its own. */
async function withStorage(run: (storage: DurableObjectStorage) => void): Promise<void> {
  await runInDurableObject(env.METRICS.getByName(crypto.randomUUID()), (_, { storage }) => run(storage));
}

const searchesIn = (store: MetricStore): number | undefined => store.all().counters[SEARCHES];

it("adds up what isolates send", async () => {
  await withStorage((storage) => {
    const store = new MetricStore(storage);
    store.record(
      { isolate: "a", sequence: 1, values: counted(2, { histograms: { [COVERAGE]: [1, 0, 0.5] } }) },
      START,
    );
    store.record(
      { isolate: "b", sequence: 1, values: counted(3, { histograms: { [COVERAGE]: [1, 1, 1.5] } }) },
      START,
    );

    expect(store.all()).toEqual({
      counters: { [SEARCHES]: 5 },
      histograms: { [COVERAGE]: [2, 1, 2] },
      gauges: { umbel_metrics_series: 2 },
    });
  });
});

it("takes each batch once, also when it comes again after a fold and in another life", async () => {
  await withStorage((storage) => {
    let store = new MetricStore(storage);
    const batch = { isolate: "a", sequence: 1, values: counted(1) };
    store.record(batch, START);
    store.record(batch, START + 1);
    store = new MetricStore(storage);
    store.record(batch, START + 2);
    store.record({ isolate: "b", sequence: 1, values: counted(10) }, START + FOLD_MS);
    store.record(batch, START + FOLD_MS + 1);
    store = new MetricStore(storage);
    store.record(batch, START + FOLD_MS + 2);

    expect(searchesIn(store)).toBe(11);
  });
});

it("holds the same after any number of folds and lives", async () => {
  await withStorage((storage) => {
    for (let n = 1; n <= 400; n++) {
      const store = new MetricStore(storage);
      expect(searchesIn(store) ?? 0).toBe(n - 1);
      store.record({ isolate: "a", sequence: n, values: counted(1) }, START + n * 40_000);
      expect(searchesIn(store)).toBe(n);
    }
    const store = new MetricStore(storage);
    const sum = (kind: "hour" | "day") =>
      store.periods(kind).reduce((total, { counted: { counters } }) => total + (counters[SEARCHES] ?? 0), 0);
    expect([sum("hour"), sum("day")]).toEqual([400, 400]);
    expect(store.periods("hour")[1]).toMatchObject({
      start: START + 3_600_000,
      counted: { counters: { [SEARCHES]: 90 } },
    });
  });
});

it("writes one row a batch, and few more a fold", async () => {
  await withStorage((storage) => {
    const store = new MetricStore(storage);
    const rows: number[] = [];
    for (let n = 1; n <= 100; n++) {
      const before = written(storage);
      store.record({ isolate: "a", sequence: n, values: counted(1) }, START + n * 5_000);
      rows.push(written(storage) - before);
    }
    expect(rows.filter((count) => count === 1).length).toBeGreaterThanOrEqual(97);
  });
});

it("knows what was counted in a window, by slots and beyond an hour by hours", async () => {
  await withStorage((storage) => {
    const store = new MetricStore(storage);
    for (let minute = 0; minute < 300; minute++)
      store.record({ isolate: "a", sequence: minute + 1, values: counted(1) }, START + minute * 60_000);
    const now = START + 300 * 60_000;
    const during = (seconds: number) => store.during(seconds, now).counters[SEARCHES];

    expect([during(300), during(3_600)]).toEqual([5, 60]);
    expect(during(3 * 3_600)).toBe(180);
  });
});

it("goes by the last slot when the clock goes back", async () => {
  await withStorage((storage) => {
    const store = new MetricStore(storage);
    store.record({ isolate: "a", sequence: 1, values: counted(1) }, START + 2 * FOLD_MS);
    store.record({ isolate: "a", sequence: 2, values: counted(1) }, START);
    expect([searchesIn(store), searchesIn(new MetricStore(storage))]).toEqual([2, 2]);
  });
});

it("keeps a gauge's last value, until nobody has set it for a day", async () => {
  await withStorage((storage) => {
    const store = new MetricStore(storage);
    const gauge = (value: number) => ({ counters: {}, histograms: {}, gauges: { [SEGMENTS]: value } });
    store.record({ isolate: "a", sequence: 1, values: gauge(3) }, START);
    store.record({ isolate: "a", sequence: 2, values: gauge(2) }, START + 1);
    expect(store.all().gauges[SEGMENTS]).toBe(2);
    store.record({ isolate: "a", sequence: 3, values: counted(1) }, START + GAUGE_KEPT_MS + FOLD_MS);
    expect(store.all().gauges[SEGMENTS]).toBeUndefined();
  });
});

it("keeps a bounded number of series", async () => {
  await withStorage((storage) => {
    const store = new MetricStore(storage);
    const counters = Object.fromEntries(
      Array.from({ length: 9_000 }, (_, n) => [`umbel_x_total{n="${n}"}`, 1]),
    );
    store.record({ isolate: "a", sequence: 1, values: { counters, gauges: {}, histograms: {} } }, START);
    expect(store.all().gauges["umbel_metrics_series"]).toBe(8_000);
    expect(store.all().counters["umbel_metrics_dropped_total"]).toBeGreaterThanOrEqual(1_000);
  });
});

/** Rows that a change has touched so far, by SQLite's own count. */
function written(storage: DurableObjectStorage): number {
  return storage.sql.exec<{ n: number }>("SELECT total_changes() AS n").one().n;
}
