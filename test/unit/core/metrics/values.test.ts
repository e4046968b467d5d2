import { expect, it } from "vitest";
import { addCounted, nothingCounted, quantileOf } from "../../../../core/metrics/values.ts";

it("adds counters and histograms by series, and leaves out those that may not be added", () => {
  const sum = nothingCounted();
  const more = { counters: { a: 1, b: 2 }, histograms: { h: [1, 0, 2.5] } };
  addCounted(sum, more);
  addCounted(sum, more, (key) => key !== "b");
  expect(sum).toEqual({ counters: { a: 2, b: 2 }, histograms: { h: [2, 0, 5] } });
});

it("does not change what it adds", () => {
  const more = { counters: {}, histograms: { h: [1, 0, 2.5] } };
  const sum = nothingCounted();
  addCounted(sum, more);
  addCounted(sum, more);
  expect(more.histograms.h).toEqual([1, 0, 2.5]);
});

it("begins a histogram anew whose buckets have changed", () => {
  const sum = nothingCounted();
  addCounted(sum, { counters: {}, histograms: { h: [1, 1, 1, 2.5] } });
  addCounted(sum, { counters: {}, histograms: { h: [1, 0, 0.5] } });
  expect(sum.histograms).toEqual({ h: [1, 0, 0.5] });
});

it("has quantiles by linear interpolation within a bucket", () => {
  const buckets = [1, 2, 4];
  const counts = [10, 0, 10, 0, 40];
  expect(quantileOf(counts, buckets, 0.25)).toBe(0.5);
  expect(quantileOf(counts, buckets, 0.5)).toBe(1);
  expect(quantileOf(counts, buckets, 0.75)).toBe(3);
  expect(quantileOf([0, 0, 0, 5, 50], buckets, 0.5)).toBe(4);
  expect(quantileOf([0, 0, 0, 0, 0], buckets, 0.5)).toBeUndefined();
});
