import { describe, expect, it } from "vitest";
import { quantileOf } from "../../../../core/planner/latency-model.ts";
import { ObservedLatencies } from "../../../../core/planner/observed-latencies.ts";
import { seededRandom } from "../../../../core/seeded-random.ts";

/** 90 calls of 100 take 1 to 11 ms, the others 200 to 300. */
function draws(count: number): number[] {
  const random = seededRandom(3);
  return Array.from({ length: count }, () => (random() < 0.9 ? 1 + 10 * random() : 200 + 100 * random()));
}

const quantile = (observed: ObservedLatencies, share: number): number =>
  quantileOf(observed.model().longerThan, share);

describe("latencies that were observed", () => {
  it("have the quantiles and the mean of the calls", () => {
    const observed = new ObservedLatencies();
    for (const ms of draws(10_000)) observed.record(ms, true);
    expect(quantile(observed, 0.45)).toBeCloseTo(6, 0);
    expect(quantile(observed, 0.95) / 250).toBeCloseTo(1, 1);
    expect(observed.model().meanMs / (0.9 * 6 + 0.1 * 250)).toBeCloseTo(1, 1);
  });

  it("have the tail of calls that were given up for a hedge", () => {
    const observed = new ObservedLatencies();
    draws(10_000).forEach((ms, call) => {
      // All but each tenth of those that take longer than 20 ms are given up then.
      if (ms < 20 || call % 10 === 0) observed.record(ms, true);
      else observed.record(20, false);
    });
    expect(observed.model().longerThan(150)).toBeCloseTo(0.1, 1.7);
    expect(quantile(observed, 0.95) / 250).toBeCloseTo(1, 1);
  });

  it("follow what the leaves take now", () => {
    const observed = new ObservedLatencies();
    for (let call = 0; call < 50_000; call++) observed.record(100, true);
    for (let call = 0; call < 100_000; call++) observed.record(10, true);
    expect(quantile(observed, 0.95)).toBeLessThan(11);
  });
});
