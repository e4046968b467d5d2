/** The largest of many counts, without sorting them all by value: a leaf can have a value a document. */
import type { Counts, FacetValue } from "./facets.ts";

/**
 * The `max` largest counts, ties by value as facets have them, in no order; and the largest count that was left out,
 * by which a value that is not there can be short at most. Counts are numbers, which sort fast; values are compared only
 * where they are tied for the last places.
 */
export function largestCounts(counts: Counts, max: number): { counts: Counts; errorBound: number } {
  if (counts.size <= max) return { counts, errorBound: 0 };
  const rising = Uint32Array.from(counts.values()).toSorted();
  const least = rising[rising.length - max] ?? Infinity;
  const kept: Counts = new Map();
  const tied: FacetValue[] = [];
  for (const [value, count] of counts) {
    if (count > least) kept.set(value, count);
    else if (count === least) tied.push(value);
  }
  const room = max - kept.size;
  for (const value of tied.length > room ? tied.toSorted(compareValues).slice(0, room) : tied) {
    kept.set(value, least);
  }
  return { counts: kept, errorBound: rising[rising.length - max - 1] ?? 0 };
}

/** A field's values are of one type, and compare as they are. */
function compareValues(a: FacetValue, b: FacetValue): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
