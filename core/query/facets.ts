/** Facets: how the matching documents spread over a field's values. */
import { largestCounts } from "./largest.ts";

export type CalendarInterval = "year" | "month" | "day";

/**
 * What to count: a field's values, its values by intervals, or by ranges. `again`: the most frequent values have left something
 * open; wanted are these values' counts, whatever they are, and as many of the others as a leaf can answer.
 */
export type FacetRequest =
  | { kind: "values"; field: string; limit: number; again?: FacetValue[] }
  | { kind: "interval"; field: string; interval: number | CalendarInterval }
  | { kind: "ranges"; field: string; ranges: number[] };

export type FacetValue = string | number | boolean;

/** Documents by value. */
export type Counts = Map<FacetValue, number>;

/** A leaf's counts, or several leaves' added up. A value that a leaf lists is counted exactly there. */
export interface FacetPartial {
  counts: Counts;
  /** A value that no leaf lists counts at most this many; 0: all are listed. */
  errorBound: number;
  /** Values that some leaf does not list, and by how many they can be short for that. */
  short?: Counts;
}

export interface Facet {
  buckets: { value: FacetValue; to?: number; count: number }[];
  exact: boolean;
  errorBound: number;
}

export const FACET_LIMIT_DEFAULT = 10;

/**
 * Values that a leaf answers for a facet at most: 10,000 pairs are about 300 KB, of an RPC message's 32 MiB. A field with more
 * distinct values in one leaf is cut to its most frequent.
 */
export const FACET_VALUES_MAX = 10_000;

/**
 * Values that a leaf answers when it is first asked for a facet's most frequent: most fields have fewer, and where they have
 * more, this many nearly always tell which come first. (root-worker/query/facet-certificate.ts asks again where not.)
 */
const FACET_VALUES_FIRST = 1_000;

/** Which of its counts a leaf answers. */
export function facetPartial(request: FacetRequest, counts: Counts): FacetPartial {
  if (request.kind !== "values") return largestCounts(counts, FACET_VALUES_MAX);
  const { again, limit } = request;
  if (again === undefined)
    return largestCounts(counts, Math.min(FACET_VALUES_MAX, Math.max(FACET_VALUES_FIRST, 2 * limit)));
  const others = new Map(counts);
  const wanted = again.map((value): [FacetValue, number] => [value, counts.get(value) ?? 0]);
  for (const value of again) others.delete(value);
  const largest = largestCounts(others, Math.max(0, FACET_VALUES_MAX - wanted.length));
  return { counts: new Map([...wanted, ...largest.counts]), errorBound: largest.errorBound };
}

export function addTo(counts: Counts, value: FacetValue, count: number): void {
  counts.set(value, (counts.get(value) ?? 0) + count);
}

/** What a leaf with both sets of documents would know of its counts. */
export function mergeFacets(a: FacetPartial, b: FacetPartial): FacetPartial {
  const counts = new Map(a.counts);
  for (const [value, count] of b.counts) addTo(counts, value, count);
  const errorBound = a.errorBound + b.errorBound;
  if (errorBound === 0) return { counts, errorBound };
  const short: Counts = new Map();
  for (const value of counts.keys()) {
    const missing = shortOf(a, value) + shortOf(b, value);
    if (missing > 0) short.set(value, missing);
  }
  return { counts, errorBound, short };
}

/** By how many a value's count can be too low. */
export function shortOf({ counts, errorBound, short }: FacetPartial, value: FacetValue): number {
  return counts.has(value) ? (short?.get(value) ?? 0) : errorBound;
}

/** The most frequent values, as a facet lists them. */
export function mostFrequent(counts: Counts, limit: number): [FacetValue, number][] {
  const found = [...counts].filter(([, count]) => count > 0);
  return found.toSorted(byCount).slice(0, limit);
}

/**
 * Whether the most frequent values are known, with their counts: none of the first `limit` can be short, and no other value,
 * listed or not, can come before the last of them.
 */
export function isCertain(partial: FacetPartial, limit: number): boolean {
  const { counts, errorBound } = partial;
  if (errorBound === 0) return true;
  const first = mostFrequent(counts, limit);
  const last = first.at(-1);
  if (last === undefined || first.length < limit || errorBound >= last[1]) return false;
  const listed = new Set(first.map(([value]) => value));
  if (first.some(([value]) => shortOf(partial, value) > 0)) return false;
  return counts
    .entries()
    .filter(([value]) => !listed.has(value))
    .every(([value, count]) => byCount([value, count + shortOf(partial, value)], last) > 0);
}

/** The facet as the caller sees it. */
export function facetAnswer(request: FacetRequest, partial: FacetPartial): Facet {
  const { errorBound } = partial;
  switch (request.kind) {
    case "values": {
      const buckets = mostFrequent(partial.counts, request.limit).map(bucket);
      const exact = isCertain(partial, request.limit);
      return { buckets, exact, errorBound: exact ? 0 : errorBound };
    }
    case "interval": {
      const buckets = [...partial.counts].toSorted(byStart).map(bucket);
      return { buckets, exact: errorBound === 0, errorBound };
    }
    case "ranges":
      return {
        buckets: rangeBuckets(request.ranges, partial.counts),
        exact: errorBound === 0,
        errorBound,
      };
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
