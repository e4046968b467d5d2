/** Merging partial results. Independent of order and grouping: a branch may merge six leaves or one. */
import type { SearchPartial, SearchPlan } from "../contracts/search.ts";
import { emptyAggregation, mergeAggregations } from "./aggregations.ts";
import { mergeFacets } from "./facets.ts";
import { compareHits } from "./sort.ts";

/** The partial of no documents at all. */
export function emptyPartial(plan: Pick<SearchPlan, "facets" | "aggregations">): SearchPartial {
  return {
    hits: [],
    total: 0,
    facets: plan.facets.map(() => ({ counts: new Map(), errorBound: 0 })),
    aggregations: plan.aggregations.map(emptyAggregation),
  };
}

/** What a leaf holding both sets of documents would have answered. */
export function mergePartials(
  a: SearchPartial,
  b: SearchPartial,
  plan: Pick<SearchPlan, "sort" | "limit">,
): SearchPartial {
  const hits = [...a.hits, ...b.hits].toSorted((left, right) => compareHits(left, right, plan.sort));
  return {
    hits: hits.slice(0, plan.limit),
    total: a.total + b.total,
    facets: a.facets.map((facet, index) => {
      const other = b.facets[index];
      return other === undefined ? facet : mergeFacets(facet, other);
    }),
    aggregations: a.aggregations.map((aggregation, index) => {
      const other = b.aggregations[index];
      return other === undefined ? aggregation : mergeAggregations(aggregation, other);
    }),
  };
}
