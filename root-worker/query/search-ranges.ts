/**
 * A search whose work is divided over leaves that hold the same documents: each range of slots is a search of its own, at whichever leaf is
 * free, and the partial results are merged as those of shards are.
 *
 * Scores are exact: a leaf has all documents, so its own statistics are the collection's. What the first answer stands on (its sequence, its
 * statistics) holds for all ranges: an answer of a leaf that is behind it is asked for again, and one that was ranked by other statistics, since
 * a write came in between, too.
 */
import { notBefore, refOf, type Collection } from "../../core/collection.ts";
import type { BranchApi } from "../../core/contracts/branch.ts";
import type { Hints, LeafAnswer, LeafReport, SearchPlan, Statistics } from "../../core/contracts/search.ts";
import { failure, type Result } from "../../core/errors.ts";
import { emptyPartial, mergePartials } from "../../core/query/merge.ts";
import { RequestClock } from "../../core/scatter/clock.ts";
import type { WorkPace } from "../../core/scatter/work-pace.ts";
import { WorkSharing, type WorkCall, type WorkDone } from "../../core/scatter/work-sharing.ts";
import { unpackAnswer, type LeafErrand, type LeafQuestion } from "../../core/search-wire.ts";
import { SLOT_COUNT } from "../../core/slots.ts";
import { certify } from "./certificate.ts";
import type { FacetRequest } from "../../core/query/facets.ts";
import { facetAgain } from "./facet-certificate.ts";
import { sequencesOf, type Gathered } from "./gather.ts";
import { leafShare } from "./leaf-share.ts";
import type { Deadline } from "./scatter.ts";
import { finish } from "./search-waves.ts";
import { msASlotOf, type Division } from "./work-estimate.ts";

export interface RangeSetting {
  branches: Pick<BranchApi, "askLeaf" | "cancelLeaf">;
  collection: Collection;
  pace: WorkPace;
  division: Division;
  /** What was worked out for all of it. */
  likelyMs: number;
  /** What a search may be answered partly in, and what it must be over in. */
  firstWave: Deadline;
  deadline: Deadline;
  /** For calls that nobody waits for. */
  waitUntil: (promise: Promise<unknown>) => void;
}

/** All documents are one shard's. */
const SHARD = 0;

/** A branch and a root in between take this long at most to bring an answer back. */
const RETURN_MARGIN_MS = 20;

type RangeAnswer = Extract<LeafAnswer, { ok: true }>;
type RangeWork = WorkDone<RangeAnswer> & { startedAt: number };

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
  private readonly clock = new RequestClock();
  private readonly name = crypto.randomUUID();
  private calls = 0;
  private question: string;
  /** The sequence of the first answer, and its statistics where it was ranked: what all stand on. */
  private first: number | undefined;
  statistics: Statistics | undefined;
  /** What a leaf must have reached. */
  private sequence: number;

  constructor(plan: SearchPlan, setting: RangeSetting) {
    this.plan = plan;
    this.setting = setting;
    this.sequence = setting.collection.minSequences?.[SHARD] ?? 0;
    this.question = this.write(plan);
  }

  async run(deadline: Deadline): Promise<RangeWork> {
    const { collection, pace, division } = this.setting;
    const startedAt = this.clock.now();
    const deadlineMs = Math.max(1, deadline.leftMs() - RETURN_MARGIN_MS);
    const endsAt = startedAt + deadlineMs;
    const requestIds = new Map<WorkCall, string>();
    const { promise, resolve } = Promise.withResolvers<WorkDone<RangeAnswer>>();
    new WorkSharing<RangeAnswer>({ leaves: collection.replicas, deadlineMs, ...division }, this.clock, pace, {
      send: (call, settle) => {
        const requestId = `${this.name}/${this.calls++}`;
        requestIds.set(call, requestId);
        void this.ask(call, requestId, endsAt).then(settle);
      },
      stop: (call) => this.cancel(call, requestIds.get(call)),
      done: resolve,
    }).begin();
    return { ...(await promise), startedAt };
  }

  private write(plan: SearchPlan): string {
    return JSON.stringify({ ref: refOf(this.setting.collection), plan } satisfies LeafQuestion);
  }

  /** One call's answer. A leaf whose answer can't be put together with the first is asked once more: by then it is known how it can. */
  private async ask(
    { replica, span }: WorkCall,
    requestId: string,
    endsAt: number,
  ): Promise<Result<{ answer: RangeAnswer }>> {
    for (let attempt = 1; ; attempt++) {
      const { question, sequence: minSequence } = this;
      const isSettled = this.first !== undefined;
      const deadlineMs = Math.max(1, endsAt - this.clock.now());
      const errand: LeafErrand = { shard: SHARD, slots: span, requestId, deadlineMs, minSequence };
      const answer = await this.askLeaf(replica, question, JSON.stringify(errand));
      if (!answer.ok) return answer;
      if (this.fits(answer, isSettled)) return { ok: true, answer };
      if (attempt === 2) return failure("replica-behind", "The leaf is behind the others.");
    }
  }

  private async askLeaf(replica: number, question: string, errand: string): Promise<LeafAnswer> {
    try {
      return unpackAnswer(await this.setting.branches.askLeaf(this.leaf(replica), question, errand));
    } catch (error) {
      console.error(JSON.stringify({ event: "leaf-call-failed", error: String(error) }));
      return failure("unavailable", "A leaf did not answer.");
    }
  }

  /** Whether an answer stands on what all do. The first one settles that; `wasSettled`: it had, when this one was asked for. */
  private fits({ sequence, partial }: RangeAnswer, wasSettled: boolean): boolean {
    const own = partial.rankings[0]?.statistics;
    if (this.first === undefined) {
      this.first = sequence;
      this.sequence = Math.max(this.sequence, sequence);
      if (own !== undefined) {
        this.statistics = own;
        this.question = this.write({ ...this.plan, hints: own });
      }
      return true;
    }
    if (sequence < this.first) return false;
    return wasSettled || JSON.stringify(own) === JSON.stringify(this.statistics);
  }

  private cancel({ replica }: WorkCall, requestId: string | undefined): void {
    const { branches, waitUntil } = this.setting;
    if (requestId === undefined) return;
    const cancelled = branches.cancelLeaf(this.leaf(replica), requestId).catch((error: unknown) => {
      // Best effort: a leaf that can't be told works for nothing.
      console.error(JSON.stringify({ event: "leaf-cancel-failed", error: String(error) }));
    });
    waitUntil(cancelled);
  }

  private leaf(replica: number): { collectionId: string; shard: number; replica: number } {
    return { collectionId: this.setting.collection.id, shard: SHARD, replica };
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
    reports: reportsOf(work),
    answered: new Set(slots > 0 ? [SHARD] : []),
    failed: failed === undefined ? [] : [{ shard: SHARD, code: failed.code, detail: failed.message }],
    share: slots / SLOT_COUNT,
    secondWave: 0,
    unconfirmed: [],
    more: false,
    ...(statistics === undefined ? {} : { statistics }),
  };
}

/** A report a leaf: its calls, and what its answers stand on. */
function reportsOf({ calls, answers, startedAt }: RangeWork): LeafReport[] {
  const [answer] = answers;
  // Every leaf holds the same documents; rows are read by each, and reported with the first.
  const rowsRead = answers.reduce((sum, each) => sum + each.rowsRead, 0);
  const sequence = Math.max(...answers.map((each) => each.sequence));
  return [...Map.groupBy(calls, ({ replica }) => replica)].map(([replica, own], index): LeafReport => {
    const isAnswered = own.some(({ state }) => state === "answered");
    const outdated = answer?.outdated;
    return {
      shard: SHARD,
      replica,
      attempts: own.map(({ kind, sentAt, endedAt, state, code }) => ({
        replica,
        kind,
        startMs: sentAt - startedAt,
        endMs: endedAt - startedAt,
        state,
        ...(code === undefined ? {} : { code }),
      })),
      documents: answer?.documents ?? 0,
      ...(outdated === undefined ? {} : { outdated }),
      ...(isAnswered ? { sequence } : {}),
      rowsRead: index === 0 ? rowsRead : 0,
      rowsWritten: 0,
      startMs: Math.min(...own.map(({ sentAt }) => sentAt)) - startedAt,
      endMs: Math.max(...own.map(({ endedAt }) => endedAt)) - startedAt,
    };
  });
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
