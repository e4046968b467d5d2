/** The first documents of a segment by the plan's sort keys, without a look at the others' values. */
import { compareHits, type SortKey, type SortValue } from "../../../core/query/sort.ts";
import { Top } from "../../../core/query/top.ts";
import type { Bitmap } from "../column-contract.ts";
import { ordinalsOf } from "./bitmap.ts";
import type { ColumnView } from "./column.ts";
import { LowestNumbers } from "./lowest-numbers.ts";
import { segmentKey, type SegmentKey } from "./sort-key.ts";

export interface TopRequest {
  keys: readonly SortKey[];
  limit: number;
  /** Only documents after this place. */
  after?: { sort: SortValue[]; id: string } | undefined;
  /** A document's score: asked for where a key is `_score`, and for the documents that are answered. */
  score: (ordinal: number) => number;
  /** The order of two documents' ids, where the segment knows it faster than by reading both. */
  compareIds?: (a: number, b: number) => number;
}

export interface TopDocument {
  ordinal: number;
  id: string;
  score: number;
  sort: SortValue[];
}

/** The first `limit` of the matches in the order of `compareHits`. */
export function topDocuments(view: ColumnView, matches: Bitmap, request: TopRequest): TopDocument[] {
  const keys = request.keys.map((key) => keyOf(view, key, request.score));
  const top = new Top<number>(request.limit, comparison(view, keys, request));
  for (const ordinal of candidates(view, keys, ordinalsOf(matches), request)) top.push(ordinal);
  return top.sorted().map((ordinal) => ({
    ordinal,
    id: view.idOf(ordinal),
    score: request.score(ordinal),
    sort: keys.map((key) => key.value(ordinal)),
  }));
}

/** The documents after the place that can be among the first, going by the first key: those it leaves out can't. */
function candidates(
  view: ColumnView,
  keys: readonly SegmentKey[],
  ordinals: Uint32Array,
  request: TopRequest,
): number[] {
  const ranks = keys[0]?.ranks(ordinals) ?? new Float64Array(ordinals.length);
  const isAfter = afterTest(view, keys, request);
  const firstAfter =
    request.after === undefined ? -Infinity : (keys[0]?.rankOf(request.after.sort[0] ?? null) ?? 0);
  const lowest = new LowestNumbers(request.limit);
  const found: { ordinal: number; rank: number }[] = [];
  for (let index = 0; index < ordinals.length; index++) {
    const rank = ranks[index] ?? Infinity;
    if (rank > lowest.bound || rank < firstAfter) continue;
    const ordinal = ordinals[index] ?? 0;
    if (rank === firstAfter && !isAfter(ordinal)) continue;
    lowest.push(rank);
    found.push({ ordinal, rank });
  }
  return found.flatMap(({ ordinal, rank }) => (rank <= lowest.bound ? ordinal : []));
}

function keyOf(view: ColumnView, key: SortKey, score: (ordinal: number) => number): SegmentKey {
  if (key.field === "_score") {
    const sign = key.descending ? -1 : 1;
    return {
      rank: (ordinal) => sign * score(ordinal),
      ranks: (ordinals) => {
        const ranks = new Float64Array(ordinals.length);
        for (let index = 0; index < ordinals.length; index++)
          ranks[index] = sign * score(ordinals[index] ?? 0);
        return ranks;
      },
      rankOf: (value) => (value === null ? Infinity : sign * Number(value)),
      value: score,
      isCoarse: () => false,
    };
  }
  // An id has no rank here: all are of one, and the ids themselves decide.
  if (key.field === "id") {
    return {
      rank: () => 0,
      ranks: (ordinals) => new Float64Array(ordinals.length),
      rankOf: () => 0,
      value: (ordinal) => view.idOf(ordinal),
      isCoarse: () => true,
    };
  }
  return segmentKey(view, key);
}

function comparison(
  view: ColumnView,
  keys: readonly SegmentKey[],
  { keys: sortKeys, compareIds = (a, b) => compareText(view.idOf(a), view.idOf(b)) }: TopRequest,
): (a: number, b: number) => number {
  const whole = (ordinal: number): { id: string; sort: SortValue[] } => ({
    id: view.idOf(ordinal),
    sort: keys.map((key) => key.value(ordinal)),
  });
  return (a, b) => {
    for (let index = 0; index < keys.length; index++) {
      const key = keys[index];
      const sortKey = sortKeys[index];
      if (key === undefined || sortKey === undefined) break;
      if (sortKey.field === "id") return sortKey.descending ? compareIds(b, a) : compareIds(a, b);
      const left = key.rank(a);
      const right = key.rank(b);
      if (left !== right) return left < right ? -1 : 1;
      if (key.isCoarse(left)) return compareHits(whole(a), whole(b), sortKeys);
    }
    return compareIds(a, b);
  };
}

function afterTest(
  view: ColumnView,
  keys: readonly SegmentKey[],
  { after, keys: sortKeys }: TopRequest,
): (ordinal: number) => boolean {
  if (after === undefined) return () => true;
  const ranks = keys.map((key, index) => key.rankOf(after.sort[index] ?? null));
  return (ordinal) => {
    for (const [index, key] of keys.entries()) {
      const rank = key.rank(ordinal);
      const wanted = ranks[index] ?? 0;
      if (rank !== wanted) return rank > wanted;
      if (key.isCoarse(rank)) break;
    }
    const sort = keys.map((key) => key.value(ordinal));
    return compareHits({ id: view.idOf(ordinal), sort }, after, sortKeys) > 0;
  };
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
