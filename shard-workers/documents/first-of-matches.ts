/** A search whose matches are known, with their scores, since term leaves have found them: what is left is filter, order and sums. */
import type { SearchPlan } from "../../core/contracts/search.ts";
import type { MatchedDocuments } from "../../core/contracts/terms.ts";
import { compareHits } from "../../core/query/sort.ts";
import { Top } from "../../core/query/top.ts";
import { countBits, setBit } from "../segment/bitmap.ts";
import { bitmapWords, type SegmentQuery } from "../segment/column-contract.ts";
import { topDocuments, type SegmentColumns } from "../segment/columns/index.ts";
import type { Searchable } from "../segment/searchable.ts";
import type { EngineHit } from "../segment/search/search.ts";
import { locateVersions, unpackVersions } from "../segment/versions.ts";

interface MatchesQuery extends Pick<SegmentQuery<SegmentColumns>, "filter" | "collect"> {
  plan: Pick<SearchPlan, "sort" | "limit" | "after">;
}

/** The first of the matches that are still there and pass the filter; and how many those are. */
export function firstOfMatches(
  segments: readonly Searchable<SegmentColumns>[],
  matched: Pick<MatchedDocuments, "versions" | "scores">,
  { plan, filter, collect }: MatchesQuery,
): { hits: EngineHit<SegmentColumns>[]; total: number } {
  const versions = unpackVersions(matched.versions);
  const top = new Top<EngineHit<SegmentColumns>>(plan.limit, (a, b) => compareHits(a, b, plan.sort));
  let total = 0;
  for (const segment of segments) {
    const { ordinals, places } = locateVersions(segment.allVersions(), versions);
    if (ordinals.length === 0) continue;
    const scores = new Float64Array(segment.documents);
    const matches = new Uint32Array(bitmapWords(segment.documents));
    for (let at = 0; at < ordinals.length; at++) {
      const ordinal = ordinals[at] ?? 0;
      scores[ordinal] = matched.scores[places[at] ?? 0] ?? 0;
      setBit(matches, ordinal);
    }
    const passing = filter?.(segment);
    for (let word = 0; word < matches.length; word++)
      matches[word] = (matches[word] ?? 0) & (passing?.[word] ?? ~0) & ~(segment.deleted[word] ?? 0);
    const count = countBits(matches);
    if (count === 0) continue;
    total += count;
    const { sort: keys, limit, after } = plan;
    const score = (ordinal: number): number => scores[ordinal] ?? 0;
    if (limit > 0) {
      const request = { keys, limit, score, ...(after !== undefined && { after }) };
      for (const found of topDocuments(segment, matches, request)) top.push({ ...found, segment });
    }
    collect?.(segment, matches);
  }
  return { hits: top.sorted(), total };
}
