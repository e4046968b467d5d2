/**
 * A search whose work is divided over leaves that hold the same documents: each range of slots is a search of its own, at whichever leaf is
 * free, and the partial results are merged as those of shards are.
 *
 * Scores are exact: a leaf has all documents, so its own statistics are the collection's. What the first answer stands on (its sequence, its
 * statistics) holds for all ranges: an answer of a leaf that is behind it is asked for again, and one that was ranked by other statistics, since
 * a write came in between, too.
 */
import { notBefore, refOf } from "../../core/collection.ts";
import type { BranchApi } from "../../core/contracts/branch.ts";
import type { Hints, LeafAnswer, SearchPlan, Statistics } from "../../core/contracts/search.ts";
import { emptyPartial, mergePartials } from "../../core/query/merge.ts";
import { unpackAnswer, type LeafErrand, type LeafQuestion } from "../../core/search-wire.ts";
import { SLOT_COUNT } from "../../core/slots.ts";
import { certify } from "./certificate.ts";
import type { FacetRequest } from "../../core/query/facets.ts";
import { facetAgain } from "./facet-certificate.ts";
import { sequencesOf, type Gathered } from "./gather.ts";
import { leafShare } from "./leaf-share.ts";
import {
  callRanges,
  rangeReports,
  SHARD,
  type RangeCallsSetting,
  type WorkOverRanges,
} from "./range-calls.ts";
import type { Deadline } from "./scatter.ts";
import { finish } from "./search-waves.ts";
import { msASlotOf } from "./work-estimate.ts";

export interface RangeSetting extends RangeCallsSetting {
  branches: Pick<BranchApi, "askLeaf" | "cancelLeaf">;
  /** What was worked out for all of it. */
  likelyMs: number;
  /** What a search may be answered partly in, and what it must be over in. */
  firstWave: Deadline;
  deadline: Deadline;
}

type RangeAnswer = Extract<LeafAnswer, { ok: true }>;
type RangeWork = WorkOverRanges<RangeAnswer>;

/** Runs a plan over ranges; its `limit` is how many hits are wanted. */
export async function searchInRanges(plan: SearchPlan, setting: RangeSetting): Promise<Gathered> {
  const { clauses, limit, statistics } = plan;
  const ranges = setting.division.lanes;
  const first: SearchPlan = {
    ...plan,
    limit: limit === 0 ? 0 : limit + 1,
    inlined: leafShare(limit, ranges),
  };
  // Without words there is nothing to rank by; statistics that came with a cursor are final.
  if (limit > 0 && clauses.length > 0 && statistics === undefined) first.hints = noHints(plan);
  const asked = new Ranges(first, setting);
  const work = await asked.run(setting.firstWave);
  const gathered = gatherRanges(work, first, asked.statistics);
  learn(setting, work);
  return finish(await settleFacets(gathered, plan, setting), plan);
}

/** What the leaves hold, and how long all of it would have taken one of them. */
function learn({ pace, likelyMs }: RangeSetting, { calls, answers, failed, startedAt }: RangeWork): void {
  const [first] = answers;
  if (first === undefined || failed !== undefined) return;
  pace.documents = first.documents;
  const endedAt = Math.max(...calls.map((call) => call.endedAt));
  const isWorthIt = pace.observeDivided(likelyMs * pace.factor, endedAt - startedAt, endedAt);
  if (isWorthIt) pace.observeWork(likelyMs, SLOT_COUNT * msASlotOf(calls));
}

/** Nothing is known: a leaf takes its own statistics, which are those of all documents. */
function noHints({ searched, clauses }: SearchPlan): Hints {
  return { documents: null, fields: searched.map(() => null), frequencies: clauses.map(() => null) };
}

/** One question over all ranges. */
class Ranges {
  private readonly plan: SearchPlan;
  private readonly setting: RangeSetting;
  private question: string;
  /** The first answer's, where it was ranked: what all are ranked by. */
  statistics: Statistics | undefined;

  constructor(plan: SearchPlan, setting: RangeSetting) {
    this.plan = plan;
    this.setting = setting;
    this.question = this.write(plan);
  }

  run(deadline: Deadline): Promise<RangeWork> {
    return callRanges<RangeAnswer>(this.setting, deadline, {
      ask: async (leaf, errand) =>
        unpackAnswer<LeafAnswer>(
          await this.setting.branches.askLeaf(
            leaf,
            this.question,
            JSON.stringify(errand satisfies LeafErrand),
          ),
        ),
      first: ({ partial }) => this.rankBy(partial.rankings[0]?.statistics),
      fits: ({ partial }) =>
        JSON.stringify(partial.rankings[0]?.statistics) === JSON.stringify(this.statistics),
    });
  }

  private write(plan: SearchPlan): string {
    return JSON.stringify({ ref: refOf(this.setting.collection), plan } satisfies LeafQuestion);
  }

  private rankBy(own: Statistics | undefined): void {
    if (own === undefined) return;
    this.statistics = own;
    this.question = this.write({ ...this.plan, hints: own });
  }
}

/** All ranges' answers as one, ranked by the same statistics. */
function gatherRanges(work: RangeWork, plan: SearchPlan, statistics: Statistics | undefined): Gathered {
  const all = { sort: plan.sort, limit: Infinity };
  const merged = work.answers
    .map(({ partial }) => partial)
    .reduce((sum, next) => mergePartials(sum, next, all), emptyPartial(plan));
  // With one ranking that holds nothing back, what is certified is certain: this scores the hits.
  const hits =
    statistics === undefined || plan.hints === undefined
      ? merged.hits
      : certify(
          { ...merged, rankings: [{ shard: SHARD, statistics }] },
          { ...plan, hints: statistics },
          plan.limit,
        ).hits;
  const { failed, slots } = work;
  return {
    partial: { ...merged, rankings: [], hits },
    reports: rangeReports(work),
    answered: new Set(slots > 0 ? [SHARD] : []),
    failed: failed === undefined ? [] : [{ shard: SHARD, code: failed.code, detail: failed.message }],
    share: slots / SLOT_COUNT,
    secondWave: 0,
    unconfirmed: [],
    more: false,
    ...(statistics === undefined ? {} : { statistics }),
  };
}

/** Asks once more for facets of which the ranges' most frequent values have left something open. */
async function settleFacets(gathered: Gathered, plan: SearchPlan, setting: RangeSetting): Promise<Gathered> {
  const again = plan.facets.map((request, index): FacetRequest | undefined => {
    const partial = gathered.partial.facets[index];
    return partial && facetAgain(request, partial);
  });
  const open = again.filter((request) => request !== undefined);
  if (open.length === 0) return gathered;
  const { hints: _hints, ...rest } = plan;
  const second: SearchPlan = { ...rest, limit: 0, facets: open, aggregations: [] };
  const collection = notBefore(setting.collection, sequencesOf(gathered.reports));
  const work = await new Ranges(second, { ...setting, collection }).run(setting.deadline);
  const { partial, failed, reports } = gatherRanges(work, second, undefined);
  const settled = failed.length === 0 ? partial.facets.values() : [].values();
  return {
    ...gathered,
    partial: {
      ...gathered.partial,
      facets: gathered.partial.facets.map((facet, index) =>
        again[index] === undefined ? facet : (settled.next().value ?? facet),
      ),
    },
    reports: [...gathered.reports, ...reports.map((report) => ({ ...report, wave: 2 }))],
    secondWave: 1,
    unconfirmed: failed,
  };
}
