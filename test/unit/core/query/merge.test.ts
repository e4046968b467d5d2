import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Hit, SearchPartial, SearchPlan } from "../../../../core/contracts/search.ts";
import { aggregationRequests } from "../../../../core/query/aggregation-request.ts";
import { facetAnswer, type FacetRequest } from "../../../../core/query/facets.ts";
import { emptyPartial, mergePartials } from "../../../../core/query/merge.ts";
import { compareHits } from "../../../../core/query/sort.ts";
import { sortKeys } from "./hits.ts";
import { hitSets, partials } from "./partials.ts";

const facets: FacetRequest[] = [
  { kind: "values", field: "genre", limit: 3 },
  { kind: "values", field: "country", limit: 10 },
];

const { requests: aggregations } = aggregationRequests(
  { most: { max: "year" } },
  { year: { type: "number" } },
);

type Merging = Pick<SearchPlan, "sort" | "limit" | "facets" | "aggregations">;

const plans: fc.Arbitrary<Merging> = fc.record({
  sort: sortKeys,
  limit: fc.nat({ max: 12 }),
  facets: fc.constant(facets),
  aggregations: fc.constant(aggregations),
});

/** What a leaf with these hits alone answers. */
function leafOf(hits: readonly Hit[], plan: Merging): SearchPartial {
  const ordered = hits.toSorted((a, b) => compareHits(a, b, plan.sort));
  return { ...emptyPartial(plan), hits: ordered.slice(0, plan.limit), total: hits.length };
}

const mergeAll = (parts: readonly SearchPartial[], plan: Merging): SearchPartial =>
  parts.reduce((merged, next) => mergePartials(merged, next, plan), emptyPartial(plan));

/** What the caller sees of a partial: the order within a Map is none of it. */
const seen = ({ hits, total, facets: counted, aggregations: figures }: SearchPartial) => ({
  figures,
  hits,
  total,
  facets: facets.map((request, index) => {
    const partial = counted[index];
    return partial === undefined ? undefined : facetAnswer(request, partial);
  }),
});

describe("merging", () => {
  it("gives for any split of the documents what one leaf with all of them answers", () => {
    fc.assert(
      fc.property(
        hitSets,
        fc.array(fc.nat({ max: 5 }), { minLength: 30, maxLength: 30 }),
        plans,
        (hits, shards, plan) => {
          const leaves = [0, 1, 2, 3, 4, 5].map((shard) =>
            leafOf(
              hits.filter((_, index) => shards[index] === shard),
              plan,
            ),
          );

          expect(mergeAll(leaves, plan)).toEqual(leafOf(hits, plan));
        },
      ),
      { numRuns: 300 },
    );
  });

  it("depends neither on the order of the partials nor on how they are grouped", () => {
    fc.assert(
      fc.property(fc.array(partials, { maxLength: 6 }), fc.nat({ max: 6 }), plans, (parts, cut, plan) => {
        // Documents are disjoint between leaves.
        const leaves = parts.map((part, at) => ({
          ...part,
          hits: leafOf(
            part.hits.map((hit) => ({ ...hit, id: `${at}${hit.id}` })),
            plan,
          ).hits,
        }));
        const atOnce = seen(mergeAll(leaves, plan));
        const inBranches = [mergeAll(leaves.slice(0, cut), plan), mergeAll(leaves.slice(cut), plan)];

        expect(seen(mergeAll(inBranches, plan))).toEqual(atOnce);
        expect(seen(mergeAll(leaves.toReversed(), plan))).toEqual(atOnce);
      }),
      { numRuns: 300 },
    );
  });

  it("counts a hit that is left out among what its leaf holds back, whichever merge leaves it out", () => {
    fc.assert(
      fc.property(hitSets, fc.integer({ min: 1, max: 6 }), fc.nat({ max: 6 }), (hits, limit, cut) => {
        const plan: Merging = {
          sort: [{ field: "_score", descending: true }],
          limit,
          facets: [],
          aggregations: [],
        };
        const scored = hits.map((found) => ({ ...found, sort: [found.score] }));
        const leaves = [0, 1, 2, 3, 4, 5].map((shard): SearchPartial => {
          const own = scored.filter((found) => found.shard === shard);
          const statistics = { documents: shard, fields: [], frequencies: [] };
          return { ...leafOf(own, { ...plan, limit: 100 }), rankings: [{ shard, statistics }] };
        });
        const atOnce = mergeAll(leaves, plan);
        const inBranches = [mergeAll(leaves.slice(0, cut), plan), mergeAll(leaves.slice(cut), plan)];
        expect(mergeAll(inBranches, plan).rankings).toEqual(atOnce.rankings);

        for (const { shard, next } of atOnce.rankings) {
          const [first] = scored
            .filter((found) => found.shard === shard && !atOnce.hits.some(({ id }) => id === found.id))
            .toSorted((a, b) => compareHits(a, b, plan.sort));
          expect(next).toEqual(first && { score: first.score, id: first.id });
        }
      }),
    );
  });

  it("with nothing changes nothing, and changes neither of the two", () => {
    fc.assert(
      fc.property(partials, plans, (part, plan) => {
        const leaf = { ...part, hits: leafOf(part.hits, plan).hits };
        const before = structuredClone(leaf);

        expect(seen(mergePartials(leaf, emptyPartial(plan), plan))).toEqual(seen(leaf));
        expect(seen(mergePartials(emptyPartial(plan), leaf, plan))).toEqual(seen(leaf));
        mergePartials(leaf, leaf, plan);
        expect(leaf).toEqual(before);
      }),
    );
  });

  it("adds up totals beyond what the limit lets through", () => {
    const plan: Merging = { sort: [], limit: 1, facets: [], aggregations: [] };
    const one = { hits: [], rankings: [], total: 1_000, facets: [], aggregations: [] };

    expect(mergePartials(one, one, plan).total).toBe(2_000);
  });
});
