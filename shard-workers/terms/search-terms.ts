/**
 * A search by terms.
 *
 * 1. Which leaves own terms of the query; where it is one, it answers alone.
 * 2. Else each says how many postings it has, and the one that has most is home: it ranks.
 * 3. Home gets what it needs from the others (gather-lists.ts), and runs the search over its own postings and theirs (rank.ts).
 *
 * It ranks by the collection's own statistics: every leaf has the lengths of all documents, and how many documents a clause matches is
 * counted where all of its postings are. So there is one round of ranking, and nothing to certify.
 */
import type { ErrorCode, Result } from "../../core/errors.ts";
import { failure } from "../../core/errors.ts";
import type { LeafReport } from "../../core/contracts/search.ts";
import type { TermAnswer, TermQuestion } from "../../core/contracts/terms.ts";
import { noStatistics } from "../../core/query/bm25.ts";
import { involvedLeaves, partsOf, planAt, type ClauseParts } from "./clause-parts.ts";
import { gatherLists, type GatherSetting } from "./gather-lists.ts";
import { rank, type Ranked } from "./rank.ts";
import type { TermIndex } from "./term-index.ts";

interface LostLeaf {
  leaf: number;
  code: ErrorCode;
}

/** What the leaf that ranks is told. */
export interface HomeQuestion {
  question: TermQuestion;
  home: number;
  /** By leaf, and clause. */
  weights: [leaf: number, postings: number[]][];
  /** Leaves that have not answered, and need not be asked. */
  lost: number[];
}

export type HomeAnswer = Result<
  TermAnswer & {
    /** Leaves that have not answered home. */
    failed: LostLeaf[];
    /** On those that were asked by it. */
    reports: LeafReport[];
  }
>;

/** The way to the leaves. */
export interface TermLeaves {
  weigh(leaf: number, question: TermQuestion): Promise<Result<{ postings: number[] }>>;
  rank(question: HomeQuestion): Promise<HomeAnswer>;
}

export async function searchTerms(
  question: TermQuestion,
  leaves: TermLeaves,
): Promise<{ answer: HomeAnswer; failed: LostLeaf[] }> {
  const involved = involvedLeaves(partsOf(question.plan, question.ownership));
  const failed: LostLeaf[] = [];
  const weights = new Map<number, number[]>();
  if (involved.length === 1) for (const leaf of involved) weights.set(leaf, []);
  else {
    await Promise.all(
      involved.map(async (leaf) => {
        const answer = await leaves.weigh(leaf, question);
        if (answer.ok) weights.set(leaf, answer.postings);
        else failed.push({ leaf, code: answer.code });
      }),
    );
  }
  // Where home itself can't be had, the next ranks without its terms.
  for (;;) {
    const home = heaviest(weights);
    if (home === undefined) return { answer: lostAll(failed), failed };
    const lost = failed.map(({ leaf }) => leaf);
    const answer = await leaves.rank({ question, home, weights: [...weights], lost });
    if (answer.ok) return { answer, failed: [...failed, ...answer.failed] };
    failed.push({ leaf: home, code: answer.code });
    weights.delete(home);
    // What is wrong with the question is wrong everywhere.
    if (answer.code === "stale-epoch" || answer.code === "unknown-collection") return { answer, failed };
  }
}

function heaviest(weights: ReadonlyMap<number, readonly number[]>): number | undefined {
  let best: { leaf: number; postings: number } | undefined;
  for (const [leaf, own] of weights) {
    const postings = own.reduce((sum, count) => sum + count, 0);
    if (best === undefined || postings > best.postings || (postings === best.postings && leaf < best.leaf))
      best = { leaf, postings };
  }
  return best?.leaf;
}

function lostAll(failed: readonly LostLeaf[]): HomeAnswer {
  return failure(failed[0]?.code ?? "unavailable", "No leaf that has the query's terms has answered.");
}

/** What home needs besides the question. */
export interface HomeSetting {
  /** It may have changed between two calls. */
  index: () => TermIndex;
  ask: GatherSetting["ask"];
}

/** Answers a search at home. What it throws is a segment's CorruptError. */
export async function searchAtHome(
  { question, home, weights, lost }: HomeQuestion,
  { index, ask }: HomeSetting,
): Promise<TermAnswer & { failed: LostLeaf[] }> {
  const { plan, ownership, wanted } = question;
  const parts = partsOf(plan, ownership);
  const lists = await gatherLists({
    home,
    plan,
    parts,
    weights: new Map(weights),
    tracks: () => index().segments,
    shards: ownership.leaves,
    lost: new Set(lost),
    ask,
  });
  // All below is one turn: nothing is written in between.
  const { segments, sequences, documents } = index();
  const { failed, foreign, frequencies } = lists;
  const gone = new Set([...lost, ...failed.map(({ leaf }) => leaf)]);
  const ranked = isCertain(plan, parts, gone)
    ? rank(segments, { plan: planAt(home, plan, parts, ownership), wanted, foreign, frequencies })
    : nothingCertain(question);
  return {
    ...ranked,
    documents,
    missing: index().missing(plan),
    sequences,
    agreed: lists.sequences.every((other) => other.every((sequence, shard) => sequence === sequences[shard])),
    failed,
  };
}

/**
 * Whether the matches that are found are matches. Without a word that may match there are fewer; without one that has to, or
 * must not, it is not known of any document whether it matches.
 */
function isCertain(
  { clauses }: TermQuestion["plan"],
  parts: readonly ClauseParts[],
  gone: ReadonlySet<number>,
): boolean {
  return parts.every(
    ({ clause, evaluators, phraseTerms }) =>
      clauses[clause]?.occur === "should" ||
      ![...evaluators, ...phraseTerms.keys()].some((leaf) => gone.has(leaf)),
  );
}

function nothingCertain({ plan }: TermQuestion): Ranked {
  const statistics = plan.statistics ?? noStatistics(plan.searched.length, plan.clauses.length);
  return { hits: [], matches: [], total: 0, statistics };
}
