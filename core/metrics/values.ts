/** Adding up what was counted. */
import type { MetricValues } from "../contracts/metrics.ts";

/** Counters and histograms of a stretch of time, by series. */
export type Counted = Pick<MetricValues, "counters" | "histograms">;

/** Keys are series: none is named like a property of `Object.prototype`. */
export function nothingCounted(): Counted {
  return { counters: {}, histograms: {} };
}

/** Adds `more` to `sum`; series for which `mayAdd` says no are left out. */
export function addCounted(sum: Counted, more: Counted, mayAdd: (key: string) => boolean = () => true): void {
  for (const [key, value] of Object.entries(more.counters)) {
    if (mayAdd(key)) sum.counters[key] = (sum.counters[key] ?? 0) + value;
  }
  for (const [key, counts] of Object.entries(more.histograms)) {
    if (!mayAdd(key)) continue;
    const kept = sum.histograms[key];
    // Buckets of another length are those of another version: what it counted is not comparable, and ends here.
    sum.histograms[key] =
      kept?.length === counts.length ? kept.map((count, n) => count + (counts[n] ?? 0)) : [...counts];
  }
}

/** How many values a histogram has counted; the last number of its counts is their sum. */
export function countOf(counts: readonly number[]): number {
  return counts.slice(0, -1).reduce((total, count) => total + count, 0);
}

/**
 * The value below which `share` of the counted are, by linear interpolation in its bucket, as Prometheus's
 * `histogram_quantile` does; above the last bound: that bound. Undefined: nothing was counted.
 */
export function quantileOf(
  counts: readonly number[],
  buckets: readonly number[],
  share: number,
): number | undefined {
  const rank = countOf(counts) * share;
  if (rank === 0) return undefined;
  let below = 0;
  for (const [n, bound] of buckets.entries()) {
    const here = counts[n] ?? 0;
    if (below + here >= rank) {
      const from = n === 0 ? 0 : (buckets[n - 1] ?? 0);
      return from + ((bound - from) * (rank - below)) / here;
    }
    below += here;
  }
  return buckets.at(-1);
}
