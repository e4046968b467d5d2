/** Gathering: branches' answers become one, and the answer says what it stands on. Pure. */
import type { Collection } from "../../core/collection.ts";
import type {
  BranchAnswer,
  LeafAttempt,
  LeafReport,
  SearchPartial,
  SearchPlan,
  Statistics,
} from "../../core/contracts/search.ts";
import type { ErrorCode } from "../../core/errors.ts";
import { costOf, type Cost } from "../../core/prices.ts";
import { aggregationAnswer, type Aggregation } from "../../core/query/aggregations.ts";
import { facetAnswer } from "../../core/query/facets.ts";
import { emptyPartial, mergePartials } from "../../core/query/merge.ts";
import { slotTable } from "../../core/slots.ts";
import { shardsOf } from "./branches.ts";
import type { SearchAnswer } from "./request.ts";

/** How the leaves fared. */
export interface GatheredLeaves {
  /** Of every wave. */
  reports: LeafReport[];
  answered: Set<number>;
  failed: FailedShard[];
  /** Of the documents of the shards that answered, the share that the answer is of; absent: 1. */
  share?: number;
}

export interface Gathered extends GatheredLeaves {
  /** With the hits of all branches: none is left out here. */
  partial: SearchPartial;
  /** Shards that were asked again. */
  secondWave: number;
  /** Those that then gave no answer: what they answered first is there, but is not certain. */
  unconfirmed: FailedShard[];
  /** What the hits are scored by, when leaves ranked by hints. */
  statistics?: Statistics;
  /** Whether there are hits behind these. */
  more: boolean;
  /** In the layout `terms`, where the query has words: what the answer stands on, which then are not shares of the documents. */
  terms?: {
    total: number;
    answered: number;
    skipped: number;
    /** The share of the leaves asked that answered, and of the documents that they have of those that there are. */
    coverage: number;
    /** Leaves did not stand on the same writes. */
    bounded: boolean;
    /** Bytes between the root and those that it asked, beside those of the reports. */
    bytes: number;
  };
}

export interface FailedShard {
  shard: number;
  /** Absent: its document leaf. */
  part?: "terms";
  code: ErrorCode;
  detail?: string;
}

/** Merges the answers of one wave. */
export function gather(plan: SearchPlan, answers: readonly BranchAnswer[]): Gathered {
  const all = { sort: plan.sort, limit: Infinity };
  const partial = answers
    .map((answer) => answer.partial)
    .reduce((merged, next) => mergePartials(merged, next, all), emptyPartial(plan));
  return { ...gatherLeaves(answers), partial, secondWave: 0, unconfirmed: [], more: false };
}

/** How the leaves of all branches fared: a shard has answered when its last report says so. */
export function gatherLeaves(answers: readonly Pick<BranchAnswer, "leaves">[]): GatheredLeaves {
  const last = new Map<number, LeafReport>();
  const reports = answers.flatMap(({ leaves }) => leaves);
  for (const report of reports) last.set(report.shard, report);
  const failed = [...last.values()]
    .flatMap(({ shard, failed: code, detail }) =>
      code === undefined ? [] : [{ shard, code, ...(detail === undefined ? {} : { detail }) }],
    )
    .toSorted((a, b) => a.shard - b.shard);
  const answered = new Set(last.keys());
  for (const { shard } of failed) answered.delete(shard);
  return { reports, answered, failed };
}

/** By shard, what its replica had reached when it answered last. */
export function sequencesOf(reports: readonly LeafReport[]): Map<number, number> {
  const sequences = new Map<number, number>();
  for (const { shard, sequence, part } of reports) {
    if (sequence !== undefined && part === undefined)
      sequences.set(shard, Math.max(sequences.get(shard) ?? 0, sequence));
  }
  return sequences;
}

/** What was gathered, and then asked of some leaves for the documents: one that did not answer has failed. */
export function withFetch(gathered: Gathered, reports: readonly LeafReport[]): Gathered {
  if (reports.length === 0) return gathered;
  const failed = reports.flatMap(({ shard, failed: code, detail }) =>
    code === undefined ? [] : [{ shard, code, ...(detail === undefined ? {} : { detail }) }],
  );
  const lost = new Set(failed.map(({ shard }) => shard));
  return {
    ...gathered,
    reports: [...gathered.reports, ...reports],
    answered: new Set([...gathered.answered].filter((shard) => !lost.has(shard))),
    failed: [...gathered.failed, ...failed].toSorted((a, b) => a.shard - b.shard),
  };
}

/** The `leaves` member of an answer. `shards`: those that were to be asked. */
export function leavesAnswer(
  collection: Collection,
  {
    answered,
    failed,
    secondWave = 0,
    reports,
    terms,
  }: GatheredLeaves & Pick<Partial<Gathered>, "secondWave" | "terms">,
  shards = shardsOf(collection),
): SearchAnswer["leaves"] {
  const attempts = reports.flatMap((report) => report.attempts);
  const asked = leavesAsked(collection, shards, answered, attempts);
  return {
    total: terms?.total ?? asked.total,
    answered: asked.answered + (terms?.answered ?? 0),
    failed,
    hedged: attempts.filter(({ kind }) => kind === "hedge").length,
    retried: attempts.filter(({ kind }) => kind === "retry").length,
    skipped: terms?.skipped ?? asked.skipped,
    secondWave,
  };
}

/** Leaves that all have everything are asked as far as there is work for them: the others are skipped. */
function leavesAsked(
  { layout, replicas }: Collection,
  shards: readonly number[],
  answered: ReadonlySet<number>,
  attempts: readonly LeafAttempt[],
): Pick<SearchAnswer["leaves"], "total" | "answered" | "skipped"> {
  if (layout !== "replicas") return { total: shards.length, answered: answered.size, skipped: 0 };
  const asked = new Set(attempts.filter(({ kind }) => kind !== "canary").map(({ replica }) => replica));
  const answering = new Set(
    attempts.filter(({ state }) => state === "answered").map(({ replica }) => replica),
  );
  return {
    total: replicas,
    answered: answered.size === 0 ? 0 : answering.size,
    skipped: replicas - asked.size,
  };
}

/**
 * The share of the documents that the answer stands on: of those of the shards that were to be asked, those of shards that answered, without
 * those that its fields can't be found in yet.
 */
export function coverageOf(
  collection: Collection,
  {
    answered,
    failed,
    share = 1,
    reports,
    terms,
  }: Pick<GatheredLeaves, "answered" | "failed" | "share" | "reports"> & Pick<Gathered, "terms">,
  shards = shardsOf(collection),
): number {
  if (terms !== undefined) {
    const lost = failed.filter(({ part }) => part === undefined).length;
    return terms.coverage * (1 - lost / collection.shards);
  }
  return shareAnswered(collection, shards, answered) * share * shareIndexed(reports);
}

function shareIndexed(reports: readonly LeafReport[]): number {
  const outdated = reports.reduce((sum, report) => sum + (report.outdated ?? 0), 0);
  if (outdated === 0) return 1;
  const documents = reports.reduce((sum, report) => sum + report.documents, 0);
  return Math.max(0, 1 - outdated / documents);
}

/** Ids are spread evenly over slots, so slots stand for them. */
function shareAnswered(
  { slots }: Collection,
  shards: readonly number[],
  answered: ReadonlySet<number>,
): number {
  if (answered.size === shards.length) return 1;
  const table = slotTable(slots);
  const slotsOf = (wanted: ReadonlySet<number>): number => table.filter((shard) => wanted.has(shard)).length;
  return slotsOf(answered) / slotsOf(new Set(shards));
}

/**
 * Every attempt is a request to a Durable Object, and so is telling a leaf that nobody waits for its answer. `functionCalls`, `rootBytes`:
 * those that no report has.
 */
export function costOfReports(
  reports: readonly LeafReport[],
  functionCalls?: number,
  rootBytes = 0,
): Cost & { bytesMoved?: number } {
  const attempts = reports.flatMap((report) => report.attempts);
  const bytesMoved = reports.reduce((sum, { bytes = 0 }) => sum + bytes, rootBytes);
  const cost = costOf({
    doRequests: attempts.length + attempts.filter(({ state }) => state === "abandoned").length,
    rowsRead: reports.reduce((sum, { rowsRead }) => sum + rowsRead, 0),
    rowsWritten: reports.reduce((sum, { rowsWritten }) => sum + rowsWritten, 0),
    ...(functionCalls === undefined
      ? {}
      : { functionCalls: reports.reduce((sum, report) => sum + (report.functionCalls ?? 0), functionCalls) }),
  });
  return reports.some(({ bytes }) => bytes !== undefined) ? { ...cost, bytesMoved } : cost;
}

/** `isWhole`: it stands on all documents. What does not is exact in no count, and its bounds are of those that it stands on. */
export function facetsAnswer(
  plan: SearchPlan,
  partial: SearchPartial,
  isWhole: boolean,
): NonNullable<SearchAnswer["facets"]> {
  return Object.fromEntries(
    plan.facets.flatMap((request, index) => {
      const partialFacet = partial.facets[index];
      if (partialFacet === undefined) return [];
      const facet = facetAnswer(request, partialFacet);
      return [[request.field, isWhole ? facet : { ...facet, exact: false }]];
    }),
  );
}

/** Of `isWhole`, what holds of facets. */
export function aggregationsAnswer(
  plan: SearchPlan,
  partial: SearchPartial,
  isWhole: boolean,
): NonNullable<SearchAnswer["aggregations"]> {
  return Object.fromEntries(
    plan.aggregations.flatMap((request, index) => {
      const partialAggregation = partial.aggregations[index];
      if (partialAggregation === undefined) return [];
      const aggregation = aggregationAnswer(request, partialAggregation);
      return [[request.name, isWhole ? aggregation : inexact(aggregation)]];
    }),
  );
}

function inexact(aggregation: Aggregation): Aggregation {
  if (!("buckets" in aggregation)) return { ...aggregation, exact: false };
  const buckets = aggregation.buckets.map((bucket) =>
    bucket.exact === undefined ? bucket : { ...bucket, exact: false },
  );
  return { ...aggregation, buckets, exact: false };
}
