/** A search over all segments: who matches, how many, the best by score or by other keys. */
import type { MatchPlan, SearchPlan, Statistics } from "../../../core/contracts/search.ts";
import { addStatistics, noStatistics } from "../../../core/query/bm25.ts";
import { compareHits, type SortKey, type SortValue } from "../../../core/query/sort.ts";
import { Top } from "../../../core/query/top.ts";
import { countBits, lowestBit, setBit } from "../bitmap.ts";
import { bitmapWords, SEGMENT_DOCUMENTS_MAX, type Bitmap, type SegmentQuery } from "../column-contract.ts";
import type { Searchable } from "../searchable.ts";
import { findCandidates } from "./candidates.ts";
import { matchClauses, type ClauseMatch } from "./clauses.ts";
import { bestOfTerm, bestOfUnion, isUnion, onlyTerm } from "./fast-paths.ts";
import { Ranking } from "./ranking.ts";
import { resetScratch, scores } from "./scratch.ts";
import { statisticsOf } from "./statistics.ts";
import { TopScores } from "./top-scores.ts";

/** What of a plan a search needs, and what its columns answer. */
export interface EngineQuery<C> extends SegmentQuery<C> {
  plan: MatchPlan & Pick<SearchPlan, "statistics" | "sort" | "limit" | "after">;
  /** The first of a segment's matches in the plan's order; absent: by `sortValue`, which looks at every match. */
  topOf?: (segment: Searchable<C>, matches: Bitmap, request: TopRequest) => FoundDocument[];
  /** Whether the answer is to have the segments' own statistics. */
  ownStatistics?: boolean;
}

/** What the first of a segment's matches are asked by: as `topDocuments` in columns/ takes it. */
export interface TopRequest {
  keys: readonly SortKey[];
  limit: number;
  after?: SearchPlan["after"];
  score: (ordinal: number) => number;
}

/** A match in its place in the order. */
export interface FoundDocument {
  ordinal: number;
  id: string;
  score: number;
  sort: SortValue[];
}

/** A document that was found. `segment` is good until the next write. */
export interface EngineHit<C> {
  id: string;
  score: number;
  sort: SortValue[];
  segment: Searchable<C>;
  ordinal: number;
}

export interface EngineAnswer<C> {
  hits: EngineHit<C>[];
  /** Documents that match, not only those behind `after`. */
  total: number;
  /** The score of the best document that was not returned, of those behind `after`; absent: all were, or another order. */
  nextScore?: number;
  /** The segments' own statistics, which need not be those of the plan. */
  statistics?: Statistics;
}

interface Candidate<C> {
  segment: Searchable<C>;
  ordinal: number;
  score: number;
}

/** Searches the segments. What it throws is a segment's CorruptError, or what the query's own functions throw. */
export function searchSegments<C>(
  segments: readonly Searchable<C>[],
  query: EngineQuery<C>,
): EngineAnswer<C> {
  const { plan } = query;
  const own = { statistics: noStatistics(plan.searched.length, plan.clauses.length) };
  const matchIn = (segment: Searchable<C>): ClauseMatch[] => {
    const matches = matchClauses(segment, plan);
    if (query.ownStatistics === true) {
      own.statistics = addStatistics(own.statistics, statisticsOf(segment, plan, matches));
    }
    return matches;
  };
  try {
    const search = isByScore(plan.sort) ? searchByScore : searchByKeys;
    const answer = search(segments, query, matchIn);
    return query.ownStatistics === true ? { ...answer, ...own } : answer;
  } catch (error) {
    resetScratch();
    throw error;
  }
}

/** How a plan's statistics score in these segments; undefined: every score is 0. */
export function rankingOf<C>(
  segments: readonly Searchable<C>[],
  plan: MatchPlan,
  statistics: Statistics | undefined,
): Ranking | undefined {
  if (statistics === undefined) return undefined;
  const lengthMax = plan.searched.map(({ field }) =>
    Math.max(0, ...segments.map((segment) => segment.field(field)?.lengthMax ?? 0)),
  );
  return new Ranking(plan, statistics, lengthMax);
}

function isByScore(sort: readonly SortKey[]): boolean {
  const [first, second] = sort;
  if (first?.field !== "_score" || !first.descending) return false;
  return second === undefined || (second.field === "id" && !second.descending);
}

type MatchIn<C> = (segment: Searchable<C>) => ClauseMatch[];

function searchByScore<C>(
  segments: readonly Searchable<C>[],
  query: EngineQuery<C>,
  matchIn: MatchIn<C>,
): EngineAnswer<C> {
  const { plan } = query;
  const ranking = rankingOf(segments, plan, plan.statistics);
  const best: Candidate<C>[] = [];
  let floor = -Infinity;
  let total = 0;
  // The largest first: what it finds is the bar for the others.
  for (const segment of segments.toSorted((a, b) => b.documents - a.documents)) {
    const matches = matchIn(segment);
    if (matchNothing(matches)) continue;
    const top = new TopScores(plan.limit + 1, floor, segment.idOrder());
    total += searchSegment(segment, query, matches, ranking, top);
    for (let index = 0; index < top.size; index++) {
      best.push({ segment, ordinal: top.ordinals[index] ?? 0, score: top.scores[index] ?? 0 });
    }
    if (top.full) floor = top.threshold;
  }
  const sorted = best
    .filter(({ score }) => score >= floor)
    .map((candidate) => ({ ...candidate, id: candidate.segment.idOf(candidate.ordinal) }))
    .toSorted((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1));
  const hits = sorted.slice(0, plan.limit).map(({ id, score, segment, ordinal }) => ({
    id,
    score,
    sort: sortOf(plan.sort, id, score),
    segment,
    ordinal,
  }));
  const next = sorted[plan.limit];
  return next === undefined ? { hits, total } : { hits, total, nextScore: next.score };
}

/** Whether no document can match: most segments have none for a rare word. */
function matchNothing(matches: readonly ClauseMatch[]): boolean {
  if (matches.some(({ occur, documents }) => occur === "must" && documents === 0)) return true;
  const wanted = matches.filter(({ occur }) => occur !== "not");
  return wanted.length > 0 && wanted.every(({ documents }) => documents === 0);
}

function sortOf(sort: readonly SortKey[], id: string, score: number): SortValue[] {
  return sort.map(({ field }) => (field === "id" ? id : score));
}

/** Pushes a segment's best, and returns how many documents match. */
function searchSegment<C>(
  segment: Searchable<C>,
  query: EngineQuery<C>,
  matches: readonly ClauseMatch[],
  ranking: Ranking | undefined,
  top: TopScores,
): number {
  const { plan } = query;
  const unfiltered = query.filter === undefined && query.collect === undefined && plan.after === undefined;
  if (unfiltered && ranking?.positive === true) {
    const term = onlyTerm(matches);
    if (term !== undefined) return bestOfTerm(segment, term, ranking, top);
    if (isUnion(segment, matches)) return bestOfUnion(segment, matches, ranking, top);
  }
  const candidates = findCandidates(segment, matches, query.filter);
  const words = bitmapWords(segment.documents);
  const total = countBits(candidates, words);
  if (total === 0) return 0;
  score(segment, matches, ranking, candidates, total);
  pushCandidates(segment, plan.after, candidates, top);
  // Last, since it may be anybody's code, and the bits are shared.
  query.collect?.(segment, candidates.slice(0, words));
  return total;
}

/** Puts the candidates' scores into `scores`. */
function score<C>(
  segment: Searchable<C>,
  matches: readonly ClauseMatch[],
  ranking: Ranking | undefined,
  candidates: Bitmap,
  count: number,
): void {
  const words = bitmapWords(segment.documents);
  if (count > segment.documents >>> 3) scores.fill(0, 0, segment.documents);
  else {
    for (let word = 0; word < words; word++) {
      for (let value = candidates[word] ?? 0; value !== 0; value &= value - 1)
        scores[lowestBit(word, value)] = 0;
    }
  }
  if (ranking === undefined) return;
  for (const match of matches) if (match.occur !== "not") ranking.addScores(match, candidates);
}

function pushCandidates<C>(
  segment: Searchable<C>,
  after: SearchPlan["after"],
  candidates: Bitmap,
  top: TopScores,
): void {
  const words = bitmapWords(segment.documents);
  const isBehind = after === undefined ? undefined : behind(segment, after);
  for (let word = 0; word < words; word++) {
    for (let value = candidates[word] ?? 0; value !== 0; value &= value - 1) {
      const ordinal = lowestBit(word, value);
      const found = scores[ordinal] ?? 0;
      if (found < top.threshold) continue;
      if (isBehind === undefined || isBehind(ordinal, found)) top.push(ordinal, found);
    }
  }
}

/** Whether a document comes after the last of the page before. */
function behind<C>(
  segment: Searchable<C>,
  { sort, id }: { sort: SortValue[]; id: string },
): (ordinal: number, score: number) => boolean {
  const [last] = sort;
  const limit = typeof last === "number" ? last : 0;
  let isAfter: ((ordinal: number) => boolean) | undefined;
  return (ordinal, found) => {
    if (found !== limit) return found < limit;
    isAfter ??= segment.afterId(id);
    return isAfter(ordinal);
  };
}

interface Keyed<C> extends Candidate<C> {
  id: string;
  sort: SortValue[];
}

function searchByKeys<C>(
  segments: readonly Searchable<C>[],
  query: EngineQuery<C>,
  matchIn: MatchIn<C>,
): EngineAnswer<C> {
  const { plan } = query;
  const ranking = rankingOf(segments, plan, plan.statistics);
  const needsScores = plan.sort.some(({ field }) => field === "_score");
  const top = new Top<Keyed<C>>(plan.limit, (a, b) => compareHits(a, b, plan.sort));
  let total = 0;
  for (const segment of segments) {
    const matches = matchIn(segment);
    const candidates = findCandidates(segment, matches, query.filter);
    const words = bitmapWords(segment.documents);
    const count = countBits(candidates, words);
    if (count === 0) continue;
    total += count;
    if (needsScores) score(segment, matches, ranking, candidates, count);
    const own = candidates.slice(0, words);
    for (const keyed of firstByKeys(segment, own, query, needsScores)) top.push(keyed);
    query.collect?.(segment, own);
  }
  const hits = top.sorted();
  if (!needsScores) scoreHits(hits, plan, ranking);
  return { hits, total };
}

function firstByKeys<C>(
  segment: Searchable<C>,
  candidates: Bitmap,
  query: EngineQuery<C>,
  scored: boolean,
): Iterable<Keyed<C>> {
  if (query.topOf === undefined) return readKeys(segment, candidates, query, scored);
  const { sort: keys, limit, after } = query.plan;
  const score = (ordinal: number): number => (scored ? (scores[ordinal] ?? 0) : 0);
  const request = { keys, limit, score, ...(after !== undefined && { after }) };
  return query.topOf(segment, candidates, request).map((found) => ({ ...found, segment }));
}

/** The candidates behind `after`, with their sort values; each is the reader's until the next. */
function* readKeys<C>(
  segment: Searchable<C>,
  candidates: Bitmap,
  { plan, sortValue }: EngineQuery<C>,
  scored: boolean,
): Generator<Keyed<C>> {
  const keys = plan.sort.map(({ field, descending }) => {
    if (field === "_score") return (ordinal: number): SortValue => scores[ordinal] ?? 0;
    if (field === "id") return (ordinal: number): SortValue => segment.idOf(ordinal);
    return sortValue?.(segment, field, descending) ?? (() => null);
  });
  for (let word = 0; word < candidates.length; word++) {
    for (let value = candidates[word] ?? 0; value !== 0; value &= value - 1) {
      const ordinal = lowestBit(word, value);
      const sort = keys.map((key) => key(ordinal));
      let id: string | undefined;
      const keyed: Keyed<C> = {
        segment,
        ordinal,
        score: scored ? (scores[ordinal] ?? 0) : 0,
        sort,
        // Read for ties alone.
        get id() {
          return (id ??= segment.idOf(ordinal));
        },
      };
      if (plan.after === undefined || compareHits(keyed, plan.after, plan.sort) > 0) yield keyed;
    }
  }
}

/** Scores the hits of a search that was not ordered by score. */
function scoreHits<C>(hits: Keyed<C>[], plan: MatchPlan, ranking: Ranking | undefined): void {
  for (const [segment, own] of Map.groupBy(hits, (hit) => hit.segment)) {
    const bits = new Uint32Array(bitmapWords(SEGMENT_DOCUMENTS_MAX));
    for (const { ordinal } of own) setBit(bits, ordinal);
    score(segment, matchClauses(segment, plan), ranking, bits, own.length);
    for (const hit of own) hit.score = scores[hit.ordinal] ?? 0;
  }
}
