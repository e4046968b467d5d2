import { describe, expect, it } from "vitest";
import { breakEven, unitCosts } from "../../../../core/costs/break-even.ts";
import { addUsage, noUsage, priceOf, usageOf } from "../../../../core/costs/usage.ts";

const films = 'kind="collection",name="films"';
const day = {
  [`umbel_durable_object_requests_total{${films}}`]: 4_000_000,
  [`umbel_rows_read_total{${films}}`]: 1_000_000,
  [`umbel_rows_written_total{${films}}`]: 100,
  [`umbel_worker_requests_total{${films}}`]: 1_000_000,
  'umbel_queue_operations_total{kind="topic",name="orders"}': 3_000_000,
  'umbel_searches_total{collection="films",outcome="complete"}': 900_000,
  'umbel_searches_total{collection="films",outcome="partial"}': 100_000,
  'umbel_events_total{topic="orders",pipeline="",state="accepted"}': 1_000_000,
  'umbel_events_total{topic="orders",pipeline="orders",state="delivered"}': 1_000_000,
  'umbel_function_calls_total{function="language",version="a",outcome="ok"}': 5,
  'umbel_function_calls_total{function="language",version="a",outcome="failed"}': 5,
  'umbel_function_calls_total{function="language",version="b",outcome="ok"}': 1,
};

describe("what was used", () => {
  it("is priced by the table, what costs most first", () => {
    expect(usageOf([day]).map(({ kind, name, usd }) => [kind, name, Number(usd.toPrecision(6))])).toEqual([
      ["topic", "orders", 1.2],
      // 4 million requests at 0.15, a million rows at 0.001, 100 rows at 1, a million requests at 0.30.
      ["collection", "films", 0.9011],
      ["function", "language", 0.004],
    ]);
  });

  it("adds days up; a version of a function costs each day on which it ran", () => {
    const [, collection, language] = usageOf([day, day]);
    expect(collection?.used.doRequests).toBe(8_000_000);
    expect(language?.used.dynamicWorkerDays).toBe(4);
  });

  it("adds up to the sum of its parts", () => {
    const usage = usageOf([day]);
    const all = usage.map(({ used }) => used).reduce(addUsage, noUsage());
    expect(priceOf(all)).toBeCloseTo(
      usage.reduce((sum, { usd }) => sum + usd, 0),
      9,
    );
  });
});

describe("the break-even", () => {
  const usage = usageOf([day]);
  const units = unitCosts([day], usage);

  it("stands on the price of a million searches and events at today's mix", () => {
    expect(units).toMatchObject({ searches: 1_000_000, events: 1_000_000 });
    expect(units.usdPerMillionSearches).toBeCloseTo(0.9011, 9);
    expect(units.usdPerMillionEvents).toBeCloseTo(1.204, 9);
  });

  it("is the volume at which a server costs the same", () => {
    expect(breakEven(units, { usd: 2.1051, days: 1, serverUsdPerMonth: 20 })).toEqual({
      serverUsdPerMonth: 20,
      searchesPerMonth: Math.round(20e6 / 0.9011),
      eventsPerMonth: Math.round(20e6 / 1.204),
      usdPerMonth: expect.closeTo(63.153, 6) as number, // a matcher in place of a number
      cheaper: "server",
    });
  });

  it("is not known where nothing has happened", () => {
    expect(breakEven(unitCosts([], []), { usd: 0, days: 30, serverUsdPerMonth: 20 })).toMatchObject({
      searchesPerMonth: null,
      eventsPerMonth: null,
      cheaper: "umbel",
    });
  });
});
