/** Whether two samples differ by more than their own noise. */

export interface Difference {
  /** Of the means, first minus second. */
  difference: number;
  /** What it would be off by, by chance (Welch: the samples' variances are not taken to be the same). */
  standardError: number;
  /** How often chance alone makes a difference as large: by shuffling who belongs to which sample. */
  p: number;
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

/**
 * Compares two samples' means.
 * @param random in [0, 1), for the shuffles
 */
export function compareMeans(
  first: readonly number[],
  second: readonly number[],
  random: () => number,
  shuffles = 10_000,
): Difference {
  const difference = mean(first) - mean(second);
  const standardError = Math.sqrt(variance(first) / first.length + variance(second) / second.length);
  const all = [...first, ...second];
  const total = all.reduce((sum, value) => sum + value, 0);
  let asLarge = 0;
  for (let shuffle = 0; shuffle < shuffles; shuffle++) {
    // The first part of a shuffle (Fisher and Yates), as far as it is needed.
    let sum = 0;
    for (let at = 0; at < first.length; at++) {
      const from = at + Math.floor(random() * (all.length - at));
      const drawn = all[from] ?? 0;
      all[from] = all[at] ?? 0;
      all[at] = drawn;
      sum += drawn;
    }
    const shuffled = sum / first.length - (total - sum) / second.length;
    if (Math.abs(shuffled) >= Math.abs(difference)) asLarge += 1;
  }
  return { difference, standardError, p: (asLarge + 1) / (shuffles + 1) };
}

function variance(values: readonly number[]): number {
  const center = mean(values);
  return values.reduce((sum, value) => sum + (value - center) ** 2, 0) / (values.length - 1);
}
