/**
 * The root's search.
 *
 * 1. Plan: check the request against the collection, analyse the query, find where the page begins.
 * 2. Search in one wave, or two where the first leaves something open (search-waves.ts).
 * 3. Begin again when the collection has changed under it: a leaf has refused.
 * 4. Refuse an answer that lacks shards, unless the caller takes one.
 * 5. Fetch the documents that hits came without; what holds of the search, holds of that.
 * 6. Answer: say what it stands on.
 */
import type { Context } from "hono";
import { notBefore, type Collection } from "../../core/collection.ts";
import type { Hit, SearchPlan } from "../../core/contracts/search.ts";
import { scoresIn } from "../../core/query/sort.ts";
import { COLLECTIONS_MAX } from "../../core/scatter/limits.ts";
import { WorkPaces } from "../../core/scatter/work-pace.ts";
import { collectionToRead } from "../bookmark.ts";
import { forgetCollection } from "../catalog-cache.ts";
import type { App, RootEnv } from "../app.ts";
import { measurements } from "../planner/measurements.ts";
import { Problem } from "../problem.ts";
import { shardsToSearch } from "./branches.ts";
import {
  decodeCursor,
  encodeCursor,
  numbersToStatistics,
  statisticsToNumbers,
  type Place,
} from "./cursor.ts";
import { dressHits, type Dressed } from "./fetch-hits.ts";
import {
  aggregationsAnswer,
  costOfReports,
  coverageOf,
  facetsAnswer,
  gather,
  leavesAnswer,
  sequencesOf,
  withFetch,
  type Gathered,
} from "./gather.ts";
import { HintCache } from "./hint-cache.ts";
import { meterLeaves } from "./meter-leaves.ts";
import { planSearch } from "./plan.ts";
import {
  ATTEMPTS_MAX,
  hasChanged,
  refuseFutureBookmark,
  refuseOverBudget,
  refuseIncomplete,
  refuseRouting,
} from "./refuse.ts";
import type { SearchAnswer, SearchRequest } from "./request.ts";
import { Deadline } from "./scatter.ts";
import { searchByTerms } from "./search-by-terms.ts";
import { searchReplicas } from "./search-replicas.ts";
import { searchInWaves } from "./search-waves.ts";
import { traceLeaves } from "./trace-leaves.ts";

/** What of its time a search that may be partial gives its first wave: the second is seldom, and asks few leaves. */
const FIRST_WAVE_SHARE = 0.75;

/** What this isolate knows of the collections that it has searched. */
const hints = new HintCache();
const paces = new WorkPaces(COLLECTIONS_MAX);

export async function rootSearch(
  c: Context<App>,
  name: string,
  request: SearchRequest,
): Promise<SearchAnswer> {
  const deadline = new Deadline(request.deadlineMs);
  for (let attempt = 1; ; attempt++) {
    // 1. Plan.
    if (attempt > 1) forgetCollection(name);
    const collection = await c.var.phases.time("catalog", () => collectionToRead(c, name, request.bookmark));
    refuseOverBudget(collection);
    refuseRouting(collection, request);
    const plan = await makePlan(c.env, collection, request);

    // 2. Search.
    const askedAt = Date.now();
    const gathered = await c.var.phases.time("scatter", async () =>
      search(c, collection, plan, request, deadline),
    );

    meterLeaves(name, gathered.reports);
    if (c.var.recorded) traceLeaves(c.var.trace, name, gathered.reports, { startedAt: askedAt });
    measurements.record(collection.id, gathered.reports, Date.now() - askedAt, request.routing === undefined);

    // 3. Begin again.
    if (isOutdated(gathered) && attempt < ATTEMPTS_MAX) continue;

    // 4. Refuse.
    refuseFutureBookmark(gathered);
    refuseUncertain(gathered, request);

    // 5. Fetch; a leaf may refuse or fail now as it may have then.
    const found = await fetch(c, collection, plan, gathered, deadline);
    if (isOutdated(found.gathered) && attempt < ATTEMPTS_MAX) continue;
    refuseUncertain(found.gathered, request);

    // 6. Answer.
    return answer(c, collection, request, plan, found);
  }
}

/** A search with its hits' documents. */
interface Found {
  gathered: Gathered;
  dressed: Dressed;
}

async function fetch(
  c: Context<App>,
  collection: Collection,
  plan: SearchPlan,
  gathered: Gathered,
  deadline: Deadline,
): Promise<Found> {
  const { reports, partial } = gathered;
  const askedAt = Date.now();
  const dressed = await c.var.phases.time("fetch", () =>
    // Another replica may be asked for the documents than found them: it must not be behind that.
    dressHits(c.var.branches, notBefore(collection, sequencesOf(reports)), partial.hits, plan, deadline),
  );
  meterLeaves(collection.name, dressed.reports);
  if (c.var.recorded) traceLeaves(c.var.trace, collection.name, dressed.reports, { startedAt: askedAt });
  return { gathered: withFetch(gathered, dressed.reports), dressed };
}

/** Whether a leaf has refused, since the collection has changed. */
function isOutdated({ failed, unconfirmed }: Gathered): boolean {
  return hasChanged([...failed, ...unconfirmed]);
}

type ReadyPlan = SearchPlan & { matchesNothing: boolean };

async function makePlan(env: RootEnv, collection: Collection, request: SearchRequest): Promise<ReadyPlan> {
  const place =
    request.cursor === undefined
      ? undefined
      : await decodeCursor(request.cursor, request, collection, cursorSecret(env));
  const planned = planSearch(request, collection, place && { sort: place.sort, id: place.id });
  if (!planned.ok) throw Problem.from(planned);
  const { plan, matchesNothing } = planned;
  if (place?.ranking === undefined) return { ...plan, matchesNothing };
  const statistics = numbersToStatistics(place.ranking, plan.searched.length, plan.clauses.length);
  if (statistics === undefined)
    throw new Problem("invalid-cursor", "The collection's fields have changed since: begin anew.");
  return { ...plan, statistics, matchesNothing };
}

function search(
  c: Context<App>,
  collection: Collection,
  { matchesNothing, ...plan }: ReadyPlan,
  { partial, routing }: SearchRequest,
  deadline: Deadline,
): Promise<Gathered> | Gathered {
  const { branches, terms } = c.var;
  const shards = shardsToSearch(collection, routing);
  if (matchesNothing) return nothingFound(shards, plan);
  if (collection.layout === "terms" && plan.clauses.length > 0)
    return searchByTerms(plan, { terms, branches, collection, deadline });
  // Whoever takes a partial answer gets one: a slow leaf may use up the first wave's time, not the second's.
  const firstWave = partial === "allow" ? deadline.share(FIRST_WAVE_SHARE) : deadline;
  const setting = { branches, collection, shards, firstWave, deadline };
  if (collection.layout !== "replicas") return searchInWaves(plan, { ...setting, hints });
  const waitUntil = (promise: Promise<unknown>): void => c.executionCtx.waitUntil(promise);
  return searchReplicas(plan, { ...setting, hints, paces, waitUntil });
}

/** No leaf needs to be asked for what none can have. */
function nothingFound(shards: readonly number[], plan: SearchPlan): Gathered {
  return { ...gather(plan, []), answered: new Set(shards) };
}

/** What a shard left open is missing from an answer that is to be whole. */
function refuseUncertain(gathered: Gathered, request: SearchRequest): void {
  const failed =
    request.partial === "allow" ? gathered.failed : [...gathered.failed, ...gathered.unconfirmed];
  refuseIncomplete({ ...gathered, failed }, request);
}

async function answer(
  c: Context<App>,
  collection: Collection,
  request: SearchRequest,
  plan: ReadyPlan,
  { gathered, dressed }: Found,
): Promise<SearchAnswer> {
  const { partial, reports, unconfirmed } = gathered;
  const shards = shardsToSearch(collection, request.routing);
  const coverage = coverageOf(collection, gathered, shards);
  const isExact = coverage === 1 && gathered.terms?.bounded !== true;
  const last = dressed.cut ? dressed.hits.at(-1)?.hit : partial.hits.at(-1);
  const more = dressed.cut || gathered.more;
  return {
    hits: dressed.hits.map(({ hit: { id, score, highlights }, document }) => ({
      id,
      score,
      document,
      ...(highlights === undefined ? {} : { highlights }),
    })),
    total: { count: partial.total, exact: isExact },
    ...(more && last !== undefined
      ? {
          cursor: await encodeCursor(placeOf(last, plan, gathered), request, collection, cursorSecret(c.env)),
        }
      : {}),
    ...(request.facets === undefined ? {} : { facets: facetsAnswer(plan, partial, isExact) }),
    ...(request.aggregations === undefined
      ? {}
      : { aggregations: aggregationsAnswer(plan, partial, isExact) }),
    leaves: leavesAnswer(collection, gathered, shards),
    coverage,
    ranking: isExact && unconfirmed.length === 0 ? "exact" : "bounded",
    cost: costOfReports(reports, undefined, gathered.terms?.bytes),
    tookMs: Date.now() - c.var.startedAt,
    ...(request.explain ? { explain: reports.map((report) => ({ ...report })) } : {}),
  };
}

/** Where the next page begins: behind this hit, ranked as it was. */
function placeOf({ sort, id }: Hit, plan: SearchPlan, { statistics = plan.statistics }: Gathered): Place {
  if (statistics === undefined || scoresIn(plan.sort) === "nothing") return { sort, id };
  return { sort, id, ranking: statisticsToNumbers(statistics) };
}

/** A root without a key answers no search, so there always is one. */
function cursorSecret(env: RootEnv): string {
  return env.UMBEL_ADMIN_KEY ?? "";
}
