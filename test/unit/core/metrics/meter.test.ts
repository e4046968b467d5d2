import { describe, expect, it } from "vitest";
import type { MetricsBatch } from "../../../../core/contracts/metrics.ts";
import { Meter, SEND_AFTER_MS } from "../../../../core/metrics/meter.ts";

function recorder() {
  const batches: MetricsBatch[] = [];
  return {
    batches,
    record: async (batch: string): Promise<void> => {
      batches.push(JSON.parse(batch) as MetricsBatch);
    },
  };
}

const films = { collection: "films", outcome: "complete" };

describe("a meter", () => {
  it("adds up by series, and sends the sums once", async () => {
    const meter = new Meter("a");
    const { batches, record } = recorder();
    meter.count("umbel_searches_total", films);
    meter.count("umbel_searches_total", films, 2);
    meter.set("umbel_leaf_segments", { collection: "films", shard: 0, replica: 0 }, 3);
    meter.set("umbel_leaf_segments", { collection: "films", shard: 0, replica: 0 }, 4);
    await meter.send(record);
    await meter.send(record);

    expect(batches).toEqual([
      {
        isolate: "a",
        sequence: 1,
        values: {
          counters: { 'umbel_searches_total{collection="films",outcome="complete"}': 3 },
          gauges: { 'umbel_leaf_segments{collection="films",shard="0",replica="0"}': 4 },
          histograms: {},
        },
      },
    ]);
  });

  it("sorts values into buckets, those above the last bound too, and keeps their sum", async () => {
    const meter = new Meter("a");
    const { batches, record } = recorder();
    for (const ratio of [0.4, 0.5, 1, 1.5])
      meter.observe("umbel_search_coverage_ratio", { collection: "c" }, ratio);
    await meter.send(record);

    expect(batches[0]?.values.histograms).toEqual({
      'umbel_search_coverage_ratio{collection="c"}': [2, 0, 0, 0, 0, 0, 1, 1, 3.4],
    });
  });

  it("sends what was not confirmed again, unchanged and under its number, before what came since", async () => {
    const meter = new Meter("a");
    const { batches, record } = recorder();
    meter.count("umbel_searches_total", films);
    await meter.send(async (batch) => {
      await record(batch);
      throw new Error("the answer was lost");
    });
    meter.count("umbel_searches_total", films, 10);
    await meter.send(record);
    await meter.send(record);

    expect(batches.map(({ sequence, values }) => [sequence, Object.values(values.counters)])).toEqual([
      [1, [1]],
      [1, [1]],
      [2, [10]],
    ]);
  });

  it("is sent by one at a time, and by another when that one has ended without", () => {
    const meter = new Meter("a");
    expect(meter.due(0)).toBe("nothing");
    meter.count("umbel_searches_total", films);
    expect(meter.due(0)).toBe("later");
    expect(meter.due(1)).toBe("scheduled");
    expect(meter.due(2 * SEND_AFTER_MS)).toBe("later");
  });

  it("keeps a bounded number of series, and counts what is beyond", async () => {
    const meter = new Meter("a");
    const { batches, record } = recorder();
    for (let n = 0; n < 2_100; n++)
      meter.count("umbel_searches_total", { collection: `c${n}`, outcome: "complete" });
    await meter.send(record);

    const counters = batches[0]?.values.counters ?? {};
    expect(counters["umbel_metrics_dropped_total"]).toBe(100);
    expect(Object.keys(counters)).toHaveLength(2_001);
  });
});
