import fc from "fast-check";
import { expect, it } from "vitest";
import { Latencies } from "../../../../core/scatter/latencies.ts";

it("tells any quantile within 5 %, for up to a thousand calls", () => {
  const latencies = fc.array(fc.double({ min: 0.6, max: 50_000, noNaN: true }), {
    minLength: 1,
    maxLength: 999,
  });
  fc.assert(
    fc.property(latencies, fc.double({ min: 0.01, max: 1, noNaN: true }), (all, share) => {
      const histogram = new Latencies();
      for (const ms of all) histogram.record(ms);
      const exact = all.toSorted((a, b) => a - b)[Math.ceil(share * all.length - 1e-9) - 1] ?? Number.NaN;

      expect(histogram.quantile(share) / exact).toBeGreaterThan(0.95);
      expect(histogram.quantile(share) / exact).toBeLessThan(1.05);
    }),
  );
});

it("counts what took no time, and what took longer than any deadline", () => {
  const histogram = new Latencies();
  for (const ms of [0, 0, 0, 1e9]) histogram.record(ms);

  expect(histogram.quantile(0.5)).toBe(0.5);
  expect(histogram.quantile(1)).toBeGreaterThan(30_000);
  expect(new Latencies().quantile(0.5)).toBe(0);
});

it("follows what calls take now, and forgets what they took", () => {
  const histogram = new Latencies();
  for (let call = 0; call < 10_000; call++) histogram.record(500);
  for (let call = 0; call < 10_000; call++) histogram.record(5);

  expect(histogram.quantile(0.95)).toBeLessThan(5.5);
  expect(histogram.count).toBeLessThan(2_001);
});
