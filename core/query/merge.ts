/** Merging partial results. Independent of order and grouping: a branch may merge six leaves or one. */
import type { Hit, LeafRanking, SearchPartial, SearchPlan } from "../contracts/search.ts";
import { emptyAggregation, mergeAggregations } from "./aggregations.ts";
import { mergeFacets } from "./facets.ts";
import { compareHits } from "./sort.ts";

/** The partial of no documents at all. */
export function emptyPartial(plan: Pick<SearchPlan, "facets" | "aggregations">): SearchPartial {
  return {
    hits: [],
    rankings: [],
    total: 0,
    facets: plan.facets.map(() => ({ counts: new Map(), errorBound: 0 })),
    aggregations: plan.aggregations.map(emptyAggregation),
  };
}

/**
 * What a leaf holding both sets of documents would have answered. A hit that is left out for want of room counts among what
 * its leaf did not return.
 */
export function mergePartials(
  a: SearchPartial,
  b: SearchPartial,
  plan: Pick<SearchPlan, "sort" | "limit">,
): SearchPartial {
  const hits = [...a.hits, ...b.hits];
  if (a.hits.length > 0 && b.hits.length > 0) hits.sort((left, right) => compareHits(left, right, plan.sort));
  return {
    rankings: withoutHits([...a.rankings, ...b.rankings], hits.splice(plan.limit)),
    hits,
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

/** The rankings, when these hits are no longer there. */
function withoutHits(rankings: LeafRanking[], left: readonly Hit[]): LeafRanking[] {
  if (left.length === 0 || rankings.length === 0) return rankings;
  return rankings.map((ranking) => {
    const next = left
      .filter(({ shard }) => shard === ranking.shard)
      .reduce<LeafRanking["next"]>(
        (first, hit) => (first === undefined || comesBefore(hit, first) ? hit : first),
        ranking.next,
      );
    return next === undefined ? ranking : { ...ranking, next: { score: next.score, id: next.id } };
  });
}

function comesBefore(a: { score: number; id: string }, b: { score: number; id: string }): boolean {
  return a.score > b.score || (a.score === b.score && a.id < b.id);
}
