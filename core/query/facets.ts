/** Facets: how the matching documents spread over a field's values. */
export type CalendarInterval = "year" | "month" | "day";

/** What to count: a field's values, its values by intervals, or by ranges. */
export type FacetRequest =
  | { kind: "values"; field: string; limit: number }
  | { kind: "interval"; field: string; interval: number | CalendarInterval }
  | { kind: "ranges"; field: string; ranges: number[] };

export type FacetValue = string | number | boolean;

/** Documents by value. */
export type Counts = Map<FacetValue, number>;

/** A leaf's counts, or several leaves' added up. */
export interface FacetPartial {
  counts: Counts;
  /** A value that is not listed, or listed too low, is short by at most this many; 0: exact. */
  errorBound: number;
}

export interface Facet {
  buckets: { value: FacetValue; to?: number; count: number }[];
  exact: boolean;
  errorBound: number;
}

export const FACET_LIMIT_DEFAULT = 10;

/**
 * Values that a leaf answers for a facet. A field with more distinct values in one leaf is cut to its most frequent,
 * and the answer states the bound: 10,000 pairs are about 300 KB, of an RPC message's 32 MiB.
 */
export const FACET_VALUES_MAX = 10_000;

export function addTo(counts: Counts, value: FacetValue, count: number): void {
  counts.set(value, (counts.get(value) ?? 0) + count);
}

/** The most frequent counts, and by how much a value that was cut off, or came from elsewhere, can be short. */
export function cutFacet(counts: Counts): FacetPartial {
  if (counts.size <= FACET_VALUES_MAX) return { counts, errorBound: 0 };
  const kept = [...counts].toSorted(byCount).slice(0, FACET_VALUES_MAX);
  return { counts: new Map(kept), errorBound: kept.at(-1)?.[1] ?? 0 };
}

export function mergeFacets(a: FacetPartial, b: FacetPartial): FacetPartial {
  const counts = new Map(a.counts);
  for (const [value, count] of b.counts) addTo(counts, value, count);
  return { counts, errorBound: a.errorBound + b.errorBound };
}

/** The facet as the caller sees it. */
export function facetAnswer(request: FacetRequest, partial: FacetPartial): Facet {
  const entries = [...partial.counts];
  const bound = { exact: partial.errorBound === 0, errorBound: partial.errorBound };
  switch (request.kind) {
    case "values":
      return { buckets: entries.toSorted(byCount).slice(0, request.limit).map(bucket), ...bound };
    case "interval":
      return { buckets: entries.toSorted(byStart).map(bucket), ...bound };
    case "ranges":
      return { buckets: rangeBuckets(request.ranges, partial.counts), ...bound };
  }
}

/** `[0, 10, 100]` means 0 ≤ v < 10, 10 ≤ v < 100 and 100 ≤ v; each is answered, also when it is empty. */
function rangeBuckets(ranges: number[], counts: Counts): Facet["buckets"] {
  return ranges.map((from, index) => {
    const to = ranges[index + 1];
    const count = counts.get(from) ?? 0;
    return to === undefined ? { value: from, count } : { value: from, to, count };
  });
}

/** The bucket of a number, or undefined when it is below the first range. */
export function rangeOf(ranges: readonly number[], value: number): number | undefined {
  return ranges.findLast((from) => from <= value);
}

/** The start of the interval that a number falls in; calendar intervals take epoch milliseconds and begin in UTC. */
export function intervalOf(interval: number | CalendarInterval, value: number): FacetValue {
  if (typeof interval === "number") return numericInterval(interval, value);
  const date = new Date(value);
  // Years 0 to 9999 are four digits; others are signed and of six.
  const iso = date.toISOString();
  const length = { year: 0, month: 3, day: 6 }[interval];
  return iso.slice(0, iso.indexOf("-", 1) + length);
}

/**
 * Fifteen digits are what a double keeps of any decimal, so 0.3 is in the interval of 0.1 that begins with 0.3, although its
 * quotient is a little below 3.
 */
function numericInterval(interval: number, value: number): number {
  const quotient = value / interval;
  if (!Number.isFinite(quotient)) return value;
  const start = Math.floor(decimal(quotient)) * interval;
  // -0 would be a second name of 0.
  return Number.isFinite(start) ? decimal(start) + 0 : value;
}

function decimal(value: number): number {
  return Number.isInteger(value) ? value : Number(value.toPrecision(15));
}

function bucket([value, count]: [FacetValue, number]): { value: FacetValue; count: number } {
  return { value, count };
}

function byCount(a: [FacetValue, number], b: [FacetValue, number]): number {
  return b[1] - a[1] || byValue(a, b);
}

/** Intervals in their order; those of a calendar by the time at which they begin. */
function byStart([a]: [FacetValue, number], [b]: [FacetValue, number]): number {
  return startOf(a) - startOf(b);
}

function startOf(value: FacetValue): number {
  return typeof value === "string" ? Date.parse(value) : Number(value);
}

function byValue([a]: [FacetValue, number], [b]: [FacetValue, number]): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  const left = String(a);
  const right = String(b);
  return left < right ? -1 : left > right ? 1 : 0;
}
