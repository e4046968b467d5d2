/** The segments' own statistics for a plan, exact: without deleted documents. */
import type { MatchPlan, Statistics } from "../../../core/contracts/search.ts";
import { addStatistics, noStatistics } from "../../../core/query/bm25.ts";
import type { Searchable } from "../searchable.ts";
import { countMatches, matchClauses, type ClauseMatch } from "./clauses.ts";
import { resetScratch } from "./scratch.ts";

export function segmentStatistics<C>(segments: readonly Searchable<C>[], plan: MatchPlan): Statistics {
  try {
    return segments
      .map((segment) => statisticsOf(segment, plan))
      .reduce(addStatistics, noStatistics(plan.searched.length, plan.clauses.length));
  } catch (error) {
    resetScratch();
    throw error;
  }
}

/** One segment's, from the clauses' matches there. */
export function statisticsOf<C>(
  segment: Searchable<C>,
  plan: MatchPlan,
  matches: readonly ClauseMatch[] = matchClauses(segment, plan),
): Statistics {
  return {
    documents: segment.documents - segment.deletedCount,
    fields: plan.searched.map(({ field }) => {
      const totals = segment.field(field)?.totals;
      return { documents: totals?.documents ?? 0, length: totals?.length ?? 0 };
    }),
    frequencies: matches.map((match) => countMatches(segment, match)),
  };
}
