import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { FacetValue } from "../../../core/query/facets.ts";
import { largestCounts } from "../../../core/query/largest.ts";

const values = fc.oneof(
  fc.uniqueArray(fc.string({ maxLength: 3 }), { maxLength: 60 }),
  fc.uniqueArray(fc.integer({ min: -40, max: 40 }), { maxLength: 60 }),
);

describe("the largest counts", () => {
  it("are those that sorting by count, then by value, puts first, with the largest that was left out", () => {
    fc.assert(
      fc.property(values, fc.func(fc.integer({ min: 1, max: 4 })), fc.nat(60), (found, countOf, max) => {
        const entries = found.map((value): [FacetValue, number] => [value, countOf(value)]);
        const sorted = entries.toSorted(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
        const { counts, errorBound } = largestCounts(new Map(entries), max);
        expect(counts).toEqual(new Map(sorted.slice(0, max)));
        expect(errorBound).toBe(sorted[max]?.[1] ?? 0);
      }),
      { numRuns: 500 },
    );
  });

  it("are found among many that are alike", () => {
    const entries = Array.from({ length: 200_000 }, (_, index): [FacetValue, number] => [`v${index}`, 1]);
    expect(largestCounts(new Map(entries), 1_000).counts.size).toBe(1_000);
    expect(largestCounts(new Map(entries.toReversed()), 199_999).errorBound).toBe(1);
  });
});
