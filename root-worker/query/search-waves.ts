/**
 * The waves of a search, on branches of any kind.
 *
 * 1. Prepare the first wave: what leaves rank by, and how many hits they answer.
 * 2. Scatter it; merge what comes back, and name the shards that did not answer.
 * 3. Certify: exact statistics, exact scores, and the shards where more is needed; and whether facets are settled.
 * 4. Ask those shards again, with the exact statistics: what they answer is final, so there is never a third wave.
 * 5. Put the two together.
 *
 * Writes may come between the waves. The scores are then those under the first wave's statistics, of the documents as a leaf
 * had them when it answered last.
 */
import { notBefore, refOf, type Collection } from "../../core/collection.ts";
import { BRANCH_LEAVES_MAX, type BranchApi } from "../../core/contracts/branch.ts";
import type { BranchAnswer, SearchPlan, Statistics } from "../../core/contracts/search.ts";
import { emptyPartial } from "../../core/query/merge.ts";
import type { FacetRequest } from "../../core/query/facets.ts";
import { compareHits, scoresIn } from "../../core/query/sort.ts";
import { shardsOf } from "./branches.ts";
import { certify, type HintedPlan } from "./certificate.ts";
import { facetAgain } from "./facet-certificate.ts";
import { gather, sequencesOf, type Gathered } from "./gather.ts";
import type { HintCache } from "./hint-cache.ts";
import { leafShare } from "./leaf-share.ts";
import { scatter, type Deadline } from "./scatter.ts";

/**
 * Hits that a leaf answers beyond its likely share, when it ranks by hints: the more, the lower is what it holds back, and the
 * more seldom a second wave. Chosen by `npm run bench:certificate`.
 */
export const SPARE_HITS = 5;

/** What the waves need besides the plan. */
export interface WaveSetting {
  branches: Pick<BranchApi, "search">;
  collection: Collection;
  /** Those of its shards that are searched; absent: all. */
  shards?: readonly number[];
  hints: HintCache;
  /** See `SPARE_HITS`. */
  spareHits?: number;
  firstWave: Deadline;
  deadline: Deadline;
}

/** Runs a plan; its `limit` is how many hits are wanted. */
export async function searchInWaves(plan: SearchPlan, setting: WaveSetting): Promise<Gathered> {
  const { collection, deadline, shards: searched = shardsOf(collection) } = setting;
  const { limit } = plan;

  // 1. Prepare.
  const inlined = leafShare(limit, searched.length);
  const first = firstPlan({ ...plan, inlined }, setting);

  // 2. The first wave.
  const gathered = gather(first, await ask(searched, first, setting, setting.firstWave));

  // 3. The certificates: of the ranking, and of the facets.
  const { certified, statistics, uncertain } = certifyRanking(gathered, first, setting, limit);
  const facets = plan.facets.map((request, index) => {
    const partial = gathered.partial.facets[index];
    return partial && facetAgain(request, partial);
  });
  const shards = facets.some((facet) => facet !== undefined) ? [...gathered.answered] : uncertain;
  if (shards.length === 0) return finish(certified, plan);

  // 4. The second wave.
  const second: SearchPlan = {
    ...plan,
    limit: limit === 0 ? 0 : limit + 1,
    inlined,
    ...(statistics !== undefined && { statistics }),
    facets: facets.filter((facet) => facet !== undefined),
    aggregations: [],
  };
  // Another replica may be asked now, and must not be behind the first answer.
  const since = { ...setting, collection: notBefore(collection, sequencesOf(gathered.reports)) };
  const again = gather(second, await ask(shards, second, since, deadline));

  // 5. Together.
  return finish(together(certified, again, shards, plan, facets), plan);
}

/** What leaves that ranked by hints have left open, once their hits are scored exactly. */
function certifyRanking(
  gathered: Gathered,
  { hints, ...plan }: SearchPlan,
  setting: WaveSetting,
  limit: number,
): { certified: Gathered; statistics: Statistics | undefined; uncertain: number[] } {
  if (hints === undefined) return { certified: gathered, statistics: plan.statistics, uncertain: [] };
  const { statistics, hits, uncertain } = certify(gathered.partial, { ...plan, hints }, limit);
  if (gathered.failed.length === 0) setting.hints.learn(hintsKey(setting), plan, statistics);
  const partial = { ...gathered.partial, hits };
  return { certified: { ...gathered, partial, statistics }, statistics, uncertain };
}

/**
 * The first wave's plan. Statistics that came with a cursor are final, as those of the pages before; without words there is
 * nothing to rank by, and without hits nothing to rank. Where scores are not all of the order, a leaf answers as many hits
 * as are wanted, and one more, which tells whether there is another page.
 */
function firstPlan(plan: SearchPlan & { inlined: number }, setting: WaveSetting): SearchPlan {
  const { hints, spareHits = SPARE_HITS } = setting;
  const { clauses, limit, statistics, sort, inlined } = plan;
  if (limit === 0) return plan;
  if (clauses.length === 0 || statistics !== undefined) return { ...plan, limit: limit + 1 };
  const hinted: HintedPlan & SearchPlan = { ...plan, hints: hints.hintsFor(hintsKey(setting), plan) };
  if (scoresIn(sort) !== "order") return { ...hinted, limit: limit + 1 };
  const leafLimit = Math.max(1, inlined + spareHits);
  // A branch leaves none of its leaves' hits out: the certificate goes by what is missing.
  return { ...hinted, leafLimit, limit: leafLimit * BRANCH_LEAVES_MAX };
}

/** By what statistics are known: those of a part of the shards are not the collection's. */
function hintsKey({ collection, shards }: WaveSetting): string {
  return shards === undefined || shards.length === collection.shards
    ? collection.id
    : `${collection.id}/${collection.epoch}/${shards.join(",")}`;
}

function ask(
  shards: readonly number[],
  plan: SearchPlan,
  { branches, collection }: WaveSetting,
  deadline: Deadline,
): Promise<BranchAnswer[]> {
  const ref = refOf(collection);
  return scatter(shards, deadline, (group, deadlineMs) => branches.search(ref, group, plan, deadlineMs), {
    partial: emptyPartial(plan),
    leaves: [],
  });
}

/** A leaf's second answer takes the place of its first; one that gave none still counts with its first. */
function together(
  first: Gathered,
  second: Gathered,
  shards: readonly number[],
  plan: SearchPlan,
  asked: readonly (FacetRequest | undefined)[],
): Gathered {
  const hits = first.partial.hits
    .filter(({ shard }) => !second.answered.has(shard))
    .concat(second.partial.hits)
    .toSorted((a, b) => compareHits(a, b, plan.sort));
  const settled = second.failed.length === 0 ? second.partial.facets.values() : [].values();
  const facets = first.partial.facets.map((facet, index) =>
    asked[index] === undefined ? facet : (settled.next().value ?? facet),
  );
  return {
    ...first,
    partial: { ...first.partial, hits, facets },
    reports: [...first.reports, ...second.reports.map((report) => ({ ...report, wave: 2 }))],
    secondWave: shards.length,
    unconfirmed: second.failed,
  };
}

/** The page, and whether there is another: a first page is all there is, or there is more. */
export function finish(gathered: Gathered, { limit, after }: SearchPlan): Gathered {
  const { partial } = gathered;
  const hits = partial.hits.slice(0, limit);
  const found = after === undefined ? partial.total : partial.hits.length;
  return { ...gathered, partial: { ...partial, hits }, more: hits.length > 0 && found > hits.length };
}
