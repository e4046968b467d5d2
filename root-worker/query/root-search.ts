/**
 * The root's search.
 *
 * 1. Plan: check the request against the collection, analyse the query.
 * 2. First wave, when there is something to rank by: ask every leaf for its statistics, and add them up.
 * 3. Second wave: every leaf searches with the statistics of the whole collection, so scores are exact.
 * 4. Gather: merge, fetch what had no room, say what the answer stands on.
 *
 * A leaf that refuses because the collection has changed makes the whole search start again with what is true now.
 */
import type { Context } from "hono";
import { refOf, type Collection } from "../../core/collection.ts";
import type { BranchApi } from "../../core/contracts/branch.ts";
import type {
  BranchAnswer,
  CollectionRef,
  LeafReport,
  SearchPlan,
  Statistics,
} from "../../core/contracts/search.ts";
import { isStale } from "../../core/document/write-operations.ts";
import { failure } from "../../core/errors.ts";
import { addStatistics, noStatistics } from "../../core/query/bm25.ts";
import { emptyPartial } from "../../core/query/merge.ts";
import { decodeBookmark } from "../bookmark.ts";
import { findCollection, forgetCollection } from "../catalog-cache.ts";
import type { App, RootEnv } from "../app.ts";
import { Problem, UNREACHABLE } from "../problem.ts";
import { shardsOf } from "./branches.ts";
import { decodeCursor, encodeCursor } from "./cursor.ts";
import { dressHits } from "./fetch-hits.ts";
import {
  aggregationsAnswer,
  costOfReports,
  coverageOf,
  facetsAnswer,
  gather,
  leavesAnswer,
  withFetch,
  type Gathered,
} from "./gather.ts";
import { planSearch } from "./plan.ts";
import type { SearchAnswer, SearchRequest } from "./request.ts";
import { Deadline, scatter } from "./scatter.ts";

/** How often a search begins anew because the collection has changed under it. */
const ATTEMPTS_MAX = 3;

export async function rootSearch(
  c: Context<App>,
  name: string,
  request: SearchRequest,
): Promise<SearchAnswer> {
  const deadline = new Deadline(request.deadlineMs);
  for (let attempt = 1; ; attempt++) {
    const collection = await c.var.phases.time("catalog", () => findCollection(c.env.CATALOG, name));
    const plan = await makePlan(c.env, collection, request);
    // Whoever takes a partial answer gets one: a slow leaf may use up the first wave's time, not the second's.
    const firstWave = request.partial === "allow" ? deadline.half() : deadline;
    const gathered = await c.var.phases.time("scatter", () =>
      search(c.var.branches, collection, plan, { firstWave, deadline }),
    );
    const stale = gathered.failed.some(({ code }) => isStale(failure(code, "")));
    if (stale && attempt < ATTEMPTS_MAX) {
      forgetCollection(name);
      continue;
    }
    refuseIncomplete(gathered, request);
    return answer(c, collection, request, plan, gathered, deadline);
  }
}

type ReadyPlan = SearchPlan & { matchesNothing: boolean };

async function makePlan(env: RootEnv, collection: Collection, request: SearchRequest): Promise<ReadyPlan> {
  // The one leaf of a shard has every write that was answered, so a bookmark of this collection always holds.
  if (request.bookmark !== undefined) decodeBookmark(request.bookmark, collection.id);
  const after =
    request.cursor === undefined
      ? undefined
      : await decodeCursor(request.cursor, request, collection, cursorSecret(env));
  const planned = planSearch(request, collection, after);
  if (!planned.ok) throw Problem.from(planned);
  return { ...planned.plan, matchesNothing: planned.matchesNothing };
}

async function search(
  branches: BranchApi,
  collection: Collection,
  { matchesNothing, ...plan }: ReadyPlan,
  { firstWave, deadline }: { firstWave: Deadline; deadline: Deadline },
): Promise<Gathered> {
  if (matchesNothing) return nothingFound(collection, plan);
  const ref = refOf(collection);
  let shards = shardsOf(collection);
  let reports: LeafReport[] = [];
  if (plan.clauses.length > 0) {
    const first = await askStatistics(branches, ref, shards, plan, firstWave);
    plan.statistics = first.statistics;
    reports = first.reports;
    shards = shards.filter(
      (shard) => !reports.some((report) => report.shard === shard && report.failed !== undefined),
    );
  }
  const nothing: BranchAnswer = { partial: emptyPartial(plan), leaves: [] };
  const answers = await scatter(
    shards,
    deadline,
    (group, deadlineMs) => branches.search(ref, group, plan, deadlineMs),
    nothing,
  );
  return gather(plan, answers, reports);
}

async function askStatistics(
  branches: BranchApi,
  ref: CollectionRef,
  shards: number[],
  plan: SearchPlan,
  deadline: Deadline,
): Promise<{ statistics: Statistics; reports: LeafReport[] }> {
  const { clauses, searched } = plan;
  const none = noStatistics(searched.length, clauses.length);
  const answers = await scatter(
    shards,
    deadline,
    (group, deadlineMs) => branches.statistics(ref, group, { clauses, searched }, deadlineMs),
    { statistics: none, leaves: [] },
  );
  return {
    statistics: answers.map(({ statistics }) => statistics).reduce(addStatistics, none),
    reports: answers.flatMap(({ leaves }) => leaves),
  };
}

/** No leaf needs to be asked for what none can have. */
function nothingFound(collection: Collection, plan: SearchPlan): Gathered {
  return { partial: emptyPartial(plan), reports: [], answered: new Set(shardsOf(collection)), failed: [] };
}

/** `partial=forbid` wants all shards or a problem; no shard at all is no answer in either case. */
function refuseIncomplete({ failed, answered }: Gathered, request: SearchRequest): void {
  if (failed.length === 0 || (request.partial === "allow" && answered.size > 0)) return;
  const late = failed.every(({ code }) => code === "deadline-exceeded");
  const shards = failed.map(({ shard }) => shard).join(", ");
  throw new Problem(
    late ? "deadline-exceeded" : "shards-unavailable",
    answered.size > 0
      ? `No answer from shard ${shards}. With "partial": "allow" the answer would have stood on the others.`
      : `No shard has answered.${late ? "" : ` ${UNREACHABLE}`}`,
    undefined,
    { leaves: { answered: answered.size, failed } },
  );
}

async function answer(
  c: Context<App>,
  collection: Collection,
  request: SearchRequest,
  plan: ReadyPlan,
  found: Gathered,
  deadline: Deadline,
): Promise<SearchAnswer> {
  const { partial } = found;
  const page = partial.hits.slice(0, request.limit);
  const dressed = await c.var.phases.time("fetch", () =>
    dressHits(c.var.branches, collection, page, plan.select, deadline),
  );
  const gathered = withFetch(found, dressed.reports);
  const { reports, failed } = gathered;
  refuseIncomplete(gathered, request);
  const last = dressed.cut ? dressed.hits.at(-1)?.hit : page.at(-1);
  const more = dressed.cut || partial.hits.length > page.length;
  return {
    hits: dressed.hits.map(({ hit: { id, score, highlights }, document }) => ({
      id,
      score,
      document,
      ...(highlights === undefined ? {} : { highlights }),
    })),
    total: { count: partial.total, exact: failed.length === 0 },
    ...(more && last !== undefined
      ? { cursor: await encodeCursor(last, request, collection, cursorSecret(c.env)) }
      : {}),
    ...(request.facets === undefined ? {} : { facets: facetsAnswer(plan, partial) }),
    ...(request.aggregations === undefined ? {} : { aggregations: aggregationsAnswer(plan, partial) }),
    leaves: leavesAnswer(collection, gathered),
    coverage: coverageOf(collection, gathered.answered),
    ranking: failed.length === 0 ? "exact" : "bounded",
    cost: costOfReports(reports),
    tookMs: Date.now() - c.var.startedAt,
    ...(request.explain ? { explain: reports.map((report) => ({ ...report })) } : {}),
  };
}

/** A root without a key answers no search, so there always is one. */
function cursorSecret(env: RootEnv): string {
  return env.UMBEL_ADMIN_KEY ?? "";
}
