/**
 * Quantiles of numbers: exact while they are few, else from a sketch whose buckets divide each power of two into 64, so
 * that a number is known to 1 part in 128. That is DDSketch (Masson, Rim, Lee, 2019) with linear interpolation of the
 * logarithm: the bucket is the number's leading bits. Which of the two it is depends on how many numbers there are, and
 * the buckets on nothing but the numbers, so that merging is independent of order and grouping.
 */

/** Plain data. */
export interface Quantiles {
  count: number;
  min: number;
  max: number;
  /** Every number, in no order; absent when there are more than the limit. */
  values?: number[];
  /** Otherwise: numbers by bucket. */
  buckets?: Map<number, number>;
}

/** A sketched quantile differs from the exact one by at most this share of it, if its size is 2^-1022 or more. */
export const QUANTILE_RELATIVE_ERROR = 2 ** -7;

/** Bits of a double's high word that are not in its bucket: the lower 14 of the 20 that belong to the fraction. */
const DROPPED_BITS = 14;

const double = new Float64Array(1);
const words = new Uint32Array(double.buffer);

export function noQuantiles(): Quantiles {
  return { count: 0, min: Infinity, max: -Infinity, values: [] };
}

/** Adds a finite number so many times. Beyond `exactMax` numbers the state becomes a sketch. */
export function addNumber(state: Quantiles, value: number, times: number, exactMax: number): void {
  state.count += times;
  if (value < state.min) state.min = value;
  if (value > state.max) state.max = value;
  if (state.values !== undefined && state.count <= exactMax) {
    for (let left = times; left > 0; left--) state.values.push(value);
    return;
  }
  state.buckets = bucketsOf(state);
  delete state.values;
  addToBucket(state.buckets, bucketOf(value), times);
}

/** What the numbers of both would have made. */
export function mergeQuantiles(a: Quantiles, b: Quantiles, exactMax: number): Quantiles {
  const count = a.count + b.count;
  const merged = { count, min: Math.min(a.min, b.min), max: Math.max(a.max, b.max) };
  if (a.values !== undefined && b.values !== undefined && count <= exactMax) {
    return { ...merged, values: a.values.concat(b.values) };
  }
  const buckets = new Map(bucketsOf(a));
  for (const [bucket, numbers] of bucketsOf(b)) addToBucket(buckets, bucket, numbers);
  return { ...merged, buckets };
}

/**
 * The numbers at these percentages by nearest rank: the least number that so many per cent of the numbers do not
 * exceed. Null where there are none.
 */
export function quantilesAt(state: Quantiles, at: readonly number[]): (number | null)[] {
  const { count, values, buckets } = state;
  if (count === 0) return at.map(() => null);
  const ranks = at.map((percent) => rankOf(percent, count));
  if (values !== undefined) {
    const sorted = Float64Array.from(values).toSorted();
    return ranks.map((rank) => sorted[rank] ?? null);
  }
  const sorted = [...(buckets ?? [])].toSorted(([a], [b]) => a - b);
  return ranks.map((rank) => {
    if (rank === 0) return state.min;
    if (rank === count - 1) return state.max;
    let seen = 0;
    const found = sorted.find(([, numbers]) => (seen += numbers) > rank);
    return Math.min(state.max, Math.max(state.min, middleOf(found?.[0] ?? 0)));
  });
}

/** From 0. A product that is whole but for its rounding is whole. */
function rankOf(percent: number, count: number): number {
  return Math.max(0, Math.ceil((percent * count) / 100 - 1e-9) - 1);
}

function bucketsOf({ values = [], buckets }: Quantiles): Map<number, number> {
  if (buckets !== undefined) return buckets;
  const made = new Map<number, number>();
  for (const value of values) addToBucket(made, bucketOf(value), 1);
  return made;
}

function addToBucket(buckets: Map<number, number>, bucket: number, numbers: number): void {
  buckets.set(bucket, (buckets.get(bucket) ?? 0) + numbers);
}

/** Buckets are in the order of their numbers; that of 0 is 0. */
function bucketOf(value: number): number {
  if (value === 0) return 0;
  double[0] = Math.abs(value);
  const bucket = ((words[1] ?? 0) >>> DROPPED_BITS) + 1;
  return value < 0 ? -bucket : bucket;
}

function middleOf(bucket: number): number {
  if (bucket === 0) return 0;
  words[0] = 0;
  words[1] = ((Math.abs(bucket) - 1) << DROPPED_BITS) | (1 << (DROPPED_BITS - 1));
  const middle = double[0] ?? 0;
  return bucket < 0 ? -middle : middle;
}
