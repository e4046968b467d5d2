/**
 * A search of a collection in the layout `terms`.
 *
 * 1. Term leaves find what matches, and rank it (shard-workers/terms/search-terms.ts).
 * 2. Where the search has a filter, facets, aggregations or another order, all matches go to the document leaves, which have the
 *    values, with their scores; these answer as they answer any search.
 * 3. Where leaves did not stand on the same writes, it is done again, since documents that were written in between may be missing.
 *
 * A search without words is the document leaves' alone, as in the layout `documents`.
 */
import { refOf, type Collection } from "../../core/collection.ts";
import { BRANCH_LEAVES_MAX, type BranchApi } from "../../core/contracts/branch.ts";
import type { BranchAnswer, LeafReport, SearchPlan } from "../../core/contracts/search.ts";
import type {
  MatchedDocuments,
  TermAnswer,
  TermQuestion,
  TermsApi,
  TermSearchAnswer,
} from "../../core/contracts/terms.ts";
import { failure, type ErrorCode, type Result } from "../../core/errors.ts";
import { emptyPartial } from "../../core/query/merge.ts";
import { scoresIn } from "../../core/query/sort.ts";
import { ownershipOf } from "../../core/term-ownership.ts";
import { withinDeadline } from "../../core/within-deadline.ts";
import { shardsOf } from "./branches.ts";
import { gather, type Gathered } from "./gather.ts";
import { leafShare } from "./leaf-share.ts";
import { scatter, type Deadline } from "./scatter.ts";

/** How often it is done while documents are written between the leaves' answers; what then still differs is said in `ranking`. */
const ATTEMPTS_MAX = 3;

/** What the way back takes, as in a scatter: the session gives up a little earlier. */
const RETURN_MARGIN_MS = 20;

/** What the shards get of the time that is left, to push what a term leaf lacks. */
const SHIP_SHARE = 0.5;

export interface TermSearchSetting {
  terms: Pick<TermsApi, "search">;
  branches: Pick<BranchApi, "searchMatches" | "shipTerms">;
  collection: Collection;
  deadline: Deadline;
}

/** Runs a plan that has clauses; its `limit` is how many hits are wanted. */
export async function searchByTerms(plan: SearchPlan, setting: TermSearchSetting): Promise<Gathered> {
  const reports: LeafReport[] = [];
  /** What was found on leaves that stood on different writes: better than nothing. */
  let bounded: FoundOnce | undefined;
  let shipped = false;
  let minSequences = setting.collection.minSequences ?? {};
  for (let attempt = 1; ; attempt++) {
    const collection = { ...setting.collection, minSequences };
    const found = await searchOnce(plan, { ...setting, collection });
    reports.push(...found.reports);
    if (found.failed.some(({ code }) => code === "replica-behind")) {
      if (shipped) return { ...(bounded ?? found), reports };
      // A term leaf calls nobody: the shards are asked to push what it lacks.
      shipped = true;
      const future = await shipTerms(setting, minSequences);
      if (future !== undefined) return { ...found, reports, failed: [future, ...found.failed] };
      continue;
    }
    if (found.terms?.bounded !== true || attempt >= ATTEMPTS_MAX || setting.deadline.leftMs() === 0)
      return { ...found, reports };
    bounded = found;
    minSequences = found.reached;
  }
}

interface FoundOnce extends Gathered {
  /** By shard, the highest sequence that any leaf stood on. */
  reached: Record<number, number>;
}

async function searchOnce(plan: SearchPlan, setting: TermSearchSetting): Promise<FoundOnce> {
  const { terms, collection, deadline } = setting;
  const { clauses, searched, sort, statistics, after, limit } = plan;
  const inDocuments = needsDocuments(plan);
  const leftMs = deadline.leftMs();
  const { answer, failed, leaves } = await ask(terms, leftMs, {
    ref: refOf(collection),
    ownership: ownershipOf(collection),
    plan: {
      clauses,
      searched,
      sort,
      limit: limit === 0 ? 0 : limit + 1,
      ...(statistics !== undefined && { statistics }),
      ...(!inDocuments && after !== undefined && { after }),
    },
    wanted: inDocuments ? "all" : "best",
  });
  const lost = failed.map(({ leaf, code }) => ({ shard: leaf, code, part: "terms" as const }));
  const base = gather(plan, []);
  if (!answer.ok) {
    const all = lost.length > 0 ? lost : [{ shard: 0, code: answer.code, part: "terms" as const }];
    return { ...base, reports: leaves, failed: all, reached: {}, terms: standing(leaves, collection, {}) };
  }
  const found = inDocuments ? await searchDocuments(answer.matches, plan, setting) : fromHits(answer, plan);
  const stood = new Map(found.reports.map(({ shard, sequence }) => [shard, sequence]));
  // What a document leaf had already written was not among the matches that it was given.
  const agreed =
    answer.agreed && answer.sequences.every((sequence, shard) => (stood.get(shard) ?? sequence) === sequence);
  const reached = Object.fromEntries(
    answer.sequences.map((sequence, shard) => [shard, Math.max(sequence, stood.get(shard) ?? 0)]),
  );
  return {
    ...found,
    statistics: answer.statistics,
    reports: [...leaves, ...found.reports],
    failed: [...lost, ...found.failed],
    reached,
    terms: standing(leaves, collection, {
      bytes: bytesOf(answer, plan),
      answer,
      bounded: !agreed,
      documentLeaves: found.answered.size + found.failed.length,
    }),
  };
}

/** The session's answer in time; what it throws, or does not say in time, is a failure of all. */
async function ask(
  terms: TermSearchSetting["terms"],
  leftMs: number,
  question: TermQuestion,
): Promise<TermSearchAnswer> {
  const searched = async (): Promise<Result<{ found: TermSearchAnswer }>> => {
    try {
      return { ok: true, found: await terms.search(question, Math.max(1, leftMs - RETURN_MARGIN_MS)) };
    } catch (error) {
      console.error(JSON.stringify({ event: "terms-call-failed", error: String(error) }));
      return failure("unavailable", "The term leaves could not be reached.");
    }
  };
  const answer = await withinDeadline(leftMs, searched());
  return answer.ok ? answer.found : { answer, failed: [], leaves: [] };
}

/** What passed between the root and the session, and where matches went on to branches, they too: about, as JSON and as they are. */
function bytesOf({ hits, matches }: TermAnswer, { clauses, searched }: SearchPlan): number {
  const matched = matches.reduce((sum, { versions, scores }) => sum + versions.length + scores.byteLength, 0);
  return JSON.stringify([clauses, searched, hits]).length + 2 * matched;
}

/** Whether a search needs more of its matches than their scores. */
function needsDocuments({ filter, facets, aggregations, sort }: SearchPlan): boolean {
  return filter !== undefined || facets.length > 0 || aggregations.length > 0 || scoresIn(sort) !== "order";
}

function fromHits({ hits, total }: TermAnswer, plan: SearchPlan): Gathered {
  return finish({ ...gather(plan, []), partial: { ...emptyPartial(plan), hits, total } }, plan);
}

async function searchDocuments(
  matches: readonly MatchedDocuments[],
  plan: SearchPlan,
  { branches, collection, deadline }: TermSearchSetting,
): Promise<Gathered> {
  const ref = refOf(collection);
  const sent: SearchPlan = {
    ...plan,
    limit: plan.limit === 0 ? 0 : plan.limit + 1,
    inlined: leafShare(plan.limit, collection.shards),
  };
  const matchedOf = new Map(matches.map((own) => [own.shard, own]));
  const answers = await scatter<BranchAnswer>(
    [...matchedOf.keys()],
    deadline,
    (shards, deadlineMs) =>
      branches.searchMatches(
        ref,
        shards.flatMap((shard) => matchedOf.get(shard) ?? []),
        sent,
        deadlineMs,
      ),
    { partial: emptyPartial(plan), leaves: [] },
  );
  return finish(gather(sent, answers), plan);
}

/** The page, and whether there is another. */
function finish(gathered: Gathered, { limit }: SearchPlan): Gathered {
  const { partial } = gathered;
  const hits = partial.hits.slice(0, limit);
  return { ...gathered, partial: { ...partial, hits }, more: hits.length > 0 && partial.hits.length > limit };
}

/** What the answer of term leaves stands on. */
function standing(
  leaves: readonly LeafReport[],
  { shards }: Collection,
  {
    answer,
    bounded = false,
    bytes = 0,
    documentLeaves = 0,
  }: { answer?: TermAnswer; bounded?: boolean; bytes?: number; documentLeaves?: number },
): NonNullable<Gathered["terms"]> {
  const asked = new Set(leaves.map(({ shard }) => shard));
  const last = new Map(leaves.map((report) => [report.shard, report.failed]));
  const answered = [...asked].filter((leaf) => last.get(leaf) === undefined).length;
  const { documents = 0, missing = 0 } = answer ?? {};
  const indexed = missing === 0 ? 1 : Math.max(0, 1 - missing / Math.max(missing, documents));
  return {
    total: shards + documentLeaves,
    answered,
    skipped: shards - asked.size,
    coverage: (asked.size === 0 ? 0 : answered / asked.size) * indexed,
    bounded,
    bytes,
  };
}

/** Has all shards push; a bookmark that names more than a shard has is the caller's fault. */
async function shipTerms(
  { branches, collection, deadline }: TermSearchSetting,
  minSequences: Record<number, number>,
): Promise<{ shard: number; code: ErrorCode; detail: string } | undefined> {
  const ref = refOf(collection);
  const shards = shardsOf(collection);
  const groups = Array.from({ length: Math.ceil(shards.length / BRANCH_LEAVES_MAX) }, (_, at) =>
    shards.slice(at * BRANCH_LEAVES_MAX, (at + 1) * BRANCH_LEAVES_MAX),
  );
  const shipMs = deadline.leftMs() * SHIP_SHARE;
  const asked = await Promise.allSettled(groups.map((group) => branches.shipTerms(ref, group, shipMs)));
  const answers = asked.flatMap((each) => (each.status === "fulfilled" ? each.value : []));
  const ahead = answers.find(({ shard, sequence }) => sequence < (minSequences[shard] ?? 0));
  if (ahead === undefined) return undefined;
  const detail = "The bookmark is of the future: the collection has not come so far.";
  return { shard: ahead.shard, code: "invalid-bookmark", detail };
}
