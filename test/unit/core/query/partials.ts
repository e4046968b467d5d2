/** Leaves' partial results, as arbitraries. */
import fc from "fast-check";
import type { Hit, LeafRanking, SearchPartial } from "../../../../core/contracts/search.ts";
import type { FacetPartial } from "../../../../core/query/facets.ts";
import { aggregationRequests } from "../../../../core/query/aggregation-request.ts";
import {
  emptyAggregation,
  mergeAggregations,
  type AggregationPartial,
} from "../../../../core/query/aggregations.ts";
import { ids, sortValues } from "./hits.ts";

/** Hits of different documents, wherever they lie. */
export const hitSets: fc.Arbitrary<Hit[]> = fc.uniqueArray(
  fc.record({ id: ids, score: fc.constantFrom(0, 1, 2.5), sort: sortValues, shard: fc.nat({ max: 5 }) }),
  { selector: ({ id }) => id, maxLength: 30 },
);

export const facetPartials: fc.Arbitrary<FacetPartial> = fc.record({
  counts: fc
    .array(fc.tuple(fc.constantFrom("a", "b", "c", "10", "9"), fc.integer({ min: 1, max: 5 })), {
      maxLength: 6,
    })
    .map((entries) => new Map(entries)),
  errorBound: fc.nat({ max: 3 }),
});

const years = fc.array(fc.integer({ min: 1900, max: 2030 }), { maxLength: 5 });

/** The greatest of some years, as a leaf answers it. */
function collected(values: number[]): AggregationPartial {
  const { requests } = aggregationRequests({ most: { max: "year" } }, { year: { type: "number" } });
  const [empty] = requests.map(emptyAggregation);
  if (empty === undefined || !("summary" in empty)) throw new Error("a maximum without groups is a summary");
  return values.reduce<AggregationPartial>(
    (merged, value) =>
      mergeAggregations(merged, { ...empty, summary: { kind: "greatest", value, count: 1 } }),
    empty,
  );
}

/** What leaves ranked by: each shard once. */
const rankings: fc.Arbitrary<LeafRanking[]> = fc.uniqueArray(
  fc.record(
    {
      shard: fc.nat({ max: 5 }),
      statistics: fc.constant({ documents: 3, fields: [], frequencies: [2] }),
      next: fc.record({ score: fc.constantFrom(0, 1, 2.5), id: ids }),
    },
    { requiredKeys: ["shard", "statistics"] },
  ),
  { selector: ({ shard }) => shard },
);

export const partials: fc.Arbitrary<SearchPartial> = fc.record({
  hits: hitSets,
  rankings,
  total: fc.nat({ max: 100 }),
  facets: fc.tuple(facetPartials, facetPartials),
  aggregations: years.map((values) => [collected(values)]),
});
