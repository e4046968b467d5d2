/** Ranking at one leaf, over its own postings and those that came from others: an ordinary search of the engine. */
import type { Hit, Statistics } from "../../core/contracts/search.ts";
import type { MatchedDocuments, TermPlan } from "../../core/contracts/terms.ts";
import { BY_SCORE } from "../../core/query/sort.ts";
import { searchSegments } from "../segment/search/search.ts";
import { scores } from "../segment/search/scratch.ts";
import { segmentStatistics } from "../segment/search/statistics.ts";
import { ordinalsOf } from "../segment/bitmap.ts";
import type { Searchable } from "../segment/searchable.ts";
import { packVersions } from "../segment/versions.ts";
import { overlaid, type ForeignLists } from "./overlay.ts";
import type { TrackSegments } from "./ship.ts";

/** A search, once everything that it needs is here. */
export interface RankRequest {
  /** As this leaf runs it: `planAt`. */
  plan: TermPlan;
  wanted: "best" | "all";
  /** By shard. */
  foreign: readonly ForeignLists[];
  /** By clause, how many documents match it, where lists are not whole. */
  frequencies: ReadonlyMap<number, number>;
}

export interface Ranked {
  hits: Hit[];
  matches: MatchedDocuments[];
  total: number;
  statistics: Statistics;
}

export function rank(tracks: readonly TrackSegments[], request: RankRequest): Ranked {
  const { plan, wanted, foreign, frequencies } = request;
  const shardOf = new Map<Searchable<null>, number>();
  for (const [shard, segments] of tracks.entries()) {
    const lists = foreign[shard];
    for (const segment of segments)
      shardOf.set(lists === undefined || lists.size === 0 ? segment : overlaid(segment, lists), shard);
  }
  const segments = [...shardOf.keys()];
  const counted = plan.statistics ?? segmentStatistics(segments, plan);
  const statistics: Statistics = {
    ...counted,
    frequencies: counted.frequencies.map((own, clause) => frequencies.get(clause) ?? own),
  };
  const collected = new MatchCollector();
  const { hits, total } = searchSegments(segments, {
    // Where all are wanted, the order is the document leaves'; by score, all are scored.
    plan: { ...plan, statistics, ...(wanted === "all" && { sort: [...BY_SCORE], limit: 0 }) },
    ...(wanted === "all" && {
      collect: (view, matches) => {
        const segment = view as Searchable<null>; // it is one of those that are searched
        collected.add(shardOf.get(segment) ?? 0, segment.allVersions(), matches);
      },
    }),
  });
  return {
    hits: hits.map(({ id, score, sort, segment }) => ({ id, score, sort, shard: shardOf.get(segment) ?? 0 })),
    matches: collected.matches(),
    total,
    statistics: plan.statistics ?? statistics,
  };
}

/** All that match, by shard, with the scores that the engine has just worked out. */
class MatchCollector {
  private readonly byShard = new Map<number, { version: number; score: number }[]>();

  add(shard: number, versions: ArrayLike<number>, matches: Uint32Array): void {
    const own = this.byShard.get(shard) ?? [];
    this.byShard.set(shard, own);
    for (const ordinal of ordinalsOf(matches))
      own.push({ version: versions[ordinal] ?? 0, score: scores[ordinal] ?? 0 });
  }

  matches(): MatchedDocuments[] {
    return [...this.byShard].map(([shard, found]) => {
      const rising = found.toSorted((a, b) => a.version - b.version);
      return {
        shard,
        versions: packVersions(rising.map(({ version }) => version)),
        scores: Float64Array.from(rising, ({ score }) => score),
      };
    });
  }
}
