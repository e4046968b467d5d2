import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  addTo,
  facetAnswer,
  facetPartial,
  mergeFacets,
  mostFrequent,
  type Counts,
  type FacetPartial,
  type FacetRequest,
} from "../../../../core/query/facets.ts";
import { facetAgain } from "../../../../root-worker/query/facet-certificate.ts";

const none: FacetPartial = { counts: new Map(), errorBound: 0 };
const request = (limit: number): FacetRequest => ({ kind: "values", field: "f", limit });

function ask(leaves: readonly Counts[], asked: FacetRequest): FacetPartial {
  return leaves.map((counts) => facetPartial(asked, counts)).reduce(mergeFacets, none);
}

function sumOf(leaves: readonly Counts[]): Counts {
  const sum: Counts = new Map();
  for (const counts of leaves) for (const [value, count] of counts) addTo(sum, value, count);
  return sum;
}

/** Leaves with thousands of values, few of them frequent, and not the same ones everywhere. */
const skewedLeaves = fc
  .record({
    seed: fc.nat(),
    leaves: fc.integer({ min: 1, max: 6 }),
    values: fc.integer({ min: 500, max: 4_000 }),
  })
  .map(({ seed, leaves, values }) => {
    let state = seed;
    const below = (end: number): number => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return Math.floor((state / 2 ** 32) * end);
    };
    return Array.from({ length: leaves }, () => {
      const counts: Counts = new Map();
      for (let draw = 0; draw < 4_000; draw++) {
        const value = Math.min(below(values), below(values), below(values));
        addTo(counts, `v${value}`, 1);
      }
      return counts;
    });
  });

describe("a facet over several leaves", () => {
  it("has exactly the most frequent values after one question or two, and says so", () => {
    let asked = 0;
    fc.assert(
      fc.property(skewedLeaves, fc.integer({ min: 1, max: 40 }), (leaves, limit) => {
        const first = ask(leaves, request(limit));
        const again = facetAgain(request(limit), first);
        if (again !== undefined) asked += 1;
        const answer = facetAnswer(request(limit), again === undefined ? first : ask(leaves, again));
        expect(answer).toEqual({
          buckets: mostFrequent(sumOf(leaves), limit).map(([value, count]) => ({ value, count })),
          exact: true,
          errorBound: 0,
        });
      }),
      { numRuns: 60 },
    );
    // Both happen: about one in five is asked again, and of 60 none is in one run of a million.
    expect(asked).toBeGreaterThan(0);
    expect(asked).toBeLessThan(60);
  });

  it("is not asked for again where each leaf has listed all of its values", () => {
    const leaves = [new Map([["a", 1]]), new Map([["b", 1]])];

    expect(facetAgain(request(1), ask(leaves, request(1)))).toBeUndefined();
  });

  it("finds a value that is rare in every leaf, and frequent in all of them together", () => {
    const leaves = Array.from({ length: 4 }, (_, leaf): Counts => {
      const own = Array.from({ length: 1_000 }, (__, n): [string, number] => [`leaf${leaf} ${n}`, 11]);
      return new Map([...own, ["everywhere", 10]]);
    });
    const first = ask(leaves, request(1));
    const again = facetAgain(request(1), first);
    if (again === undefined) throw new Error("more must be asked");

    expect(first.counts.has("everywhere")).toBe(false);
    expect(facetAnswer(request(1), ask(leaves, again))).toEqual({
      buckets: [{ value: "everywhere", count: 40 }],
      exact: true,
      errorBound: 0,
    });
  });

  it("stays bounded where there are more values than leaves answer, each as rare as the other", () => {
    const leaves = Array.from({ length: 2 }, (_, leaf): Counts => {
      return new Map(Array.from({ length: 30_000 }, (__, n): [string, number] => [`leaf${leaf} ${n}`, 1]));
    });
    const again = facetAgain(request(3), ask(leaves, request(3)));
    if (again === undefined) throw new Error("more must be asked");

    expect(facetAnswer(request(3), ask(leaves, again))).toMatchObject({ exact: false, errorBound: 2 });
  });

  it("by intervals or ranges is not asked for again: leaves have answered what they can", () => {
    const partial = { counts: new Map([[1, 1]]), errorBound: 1 };

    expect(facetAgain({ kind: "interval", field: "n", interval: 1 }, partial)).toBeUndefined();
  });
});
