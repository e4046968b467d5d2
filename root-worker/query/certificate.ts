/**
 * The certificate: what one wave of leaves' answers says about the exact ranking. Pure.
 *
 * A leaf ranks by H, what is known of the collection's statistics, and returns its best hits with their components. Its
 * answer also brings its own statistics; added up these are the collection's, G, exactly. The hits are scored anew
 * under G. What is open is a document that its leaf did not return: its score under H is at most θ, and what that allows it
 * under G is worked out here. Where that is less than the score of the last hit wanted, the leaf is certified.
 *
 * The bound, for BM25F. Let x_t be what a clause t gives a document under H, but for its idf: 0 ≤ x_t < X = k1 + 1. A field's
 * weight is boost · tf / (1 − b + b · len / avglen), so for G's average length g in place of H's h it grows at most by
 * max(1, g / h), whatever tf and len are, and as much as its boost does; a clause's weight w, a sum over its fields, by at most the
 * largest of those, ρ, which is taken to be 1 where it is less. With w = k1 · x / (X − x), the clause gives under G at most idf_G · f(x), f(x) = X · ρ · x / (X + (ρ − 1) · x), which is
 * concave. So the score under G is at most
 *
 *     max Σ idf_G · f(x_t)   over  0 ≤ x_t ≤ X  with  Σ idf_H · x_t ≤ θ
 *
 * over the clauses that match a document which the leaf did not return: those of which it returned fewer documents than it says that
 * there are. (A rare word, whose frequency in one leaf says least, is so soon out of the question.) By weak duality no λ ≥ 0 makes
 * λ · θ + Σ max_x (idf_G · f(x) − λ · idf_H · x) less than that maximum; the best λ is sought, any would be right. (λ = max_t
 * ρ_t · idf_G / idf_H gives θ times the largest ratio.) Clauses with `-` give no score; phrases and prefixes are clauses
 * like any other, tf being the phrase's or the prefix's. H's frequencies never exceed its documents, so that no idf is negative.
 */
import type { Hit, LeafRanking, SearchPartial, SearchPlan, Statistics } from "../../core/contracts/search.ts";
import {
  addStatistics,
  averageLength,
  clauseWeights,
  fieldBoosts,
  K1,
  noStatistics,
  Scorer,
} from "../../core/query/bm25.ts";
import { componentsScore, matchedClauses } from "../../core/query/components.ts";
import { hintedStatistics } from "../../core/query/hints.ts";
import { compareHits, scoresIn } from "../../core/query/sort.ts";

/** What a plan with hints has that matters here. */
export type HintedPlan = Pick<SearchPlan, "clauses" | "searched" | "sort"> &
  Required<Pick<SearchPlan, "hints">>;

export interface Certificate {
  /** The exact statistics of all leaves that answered. */
  statistics: Statistics;
  /** All hits of the first wave, with their exact scores, in the exact order. */
  hits: Hit[];
  /** Shards of which a document that they did not return may belong to the first `k` hits. */
  uncertain: number[];
}

/** No clause gives more than this times its idf. */
const CLAUSE_MAX = K1 + 1;

/**
 * Scores are sums of at most 256 rounded terms on both sides: relative errors stay below 2^-43. The bound is raised by
 * more, so that a document is never left out because of its last bits.
 */
const ROUNDING = 1 + 2 ** -40;

/** Halvings in the search for λ: it is then as good as a double can tell. */
const HALVINGS = 50;

/** Makes the answers to a plan with hints exact, and tells of which leaves more is needed for the first `k` hits. */
export function certify({ hits, rankings }: SearchPartial, plan: HintedPlan, k: number): Certificate {
  const statistics = rankings.reduce(
    (sum, ranking) => addStatistics(sum, ranking.statistics),
    noStatistics(plan.searched.length, plan.clauses.length),
  );
  const weights = weightsOf(statistics, plan);
  const scorer = new Scorer(statistics, plan);
  const rescored = hits
    .map((hit) => rescore(hit, plan, scorer))
    .toSorted((a, b) => compareHits(a, b, plan.sort));
  const open = k === 0 ? [] : openRankings(rankings, hits, plan, { weights, last: rescored[k - 1] });
  return {
    statistics,
    hits: rescored,
    uncertain: open.map(({ shard }) => shard).toSorted((a, b) => a - b),
  };
}

/** The exact weights, and the last hit wanted; undefined: there are not as many. */
interface Exact {
  weights: Weights;
  last: Hit | undefined;
}

/** The leaves of which more is needed. */
function openRankings(
  rankings: readonly LeafRanking[],
  hits: readonly Hit[],
  plan: HintedPlan,
  exact: Exact,
): readonly LeafRanking[] {
  switch (scoresIn(plan.sort)) {
    case "nothing":
      return [];
    case "part": {
      // Leaves and branches have cut by an order that is the exact one only if every score was: else any cut may be wrong.
      const same = rankings.every((ranking) => rankedExactly(ranking, plan, exact.weights));
      return same ? [] : rankings;
    }
    case "order": {
      const returned = returnedMatches(hits, plan);
      return rankings.filter((ranking) => !isCertain(withoutReturned(ranking, returned), plan, exact));
    }
  }
}

/** Whether a leaf ranked all of its documents by their exact scores. */
function rankedExactly({ statistics }: LeafRanking, plan: HintedPlan, exact: Weights): boolean {
  const before = weightsOf(hintedStatistics(plan.hints, statistics), plan);
  return scoresAreSame(liveClauses(plan, statistics), before, exact);
}

/** How many of each shard's hits each clause matches. */
function returnedMatches(hits: readonly Hit[], { clauses, searched }: HintedPlan): Map<number, number[]> {
  const byShard = new Map<number, number[]>();
  for (const { shard, components = [] } of hits) {
    const counts = byShard.get(shard) ?? clauses.map(() => 0);
    byShard.set(shard, counts);
    for (const clause of matchedClauses(components, searched.length))
      counts[clause] = (counts[clause] ?? 0) + 1;
  }
  return byShard;
}

/** A leaf's ranking, and how many documents each clause matches that the leaf holds back. */
interface Withheld extends LeafRanking {
  frequencies: number[];
}

function withoutReturned(ranking: LeafRanking, returned: ReadonlyMap<number, number[]>): Withheld {
  const counts = returned.get(ranking.shard) ?? [];
  return {
    ...ranking,
    frequencies: ranking.statistics.frequencies.map((frequency, clause) => frequency - (counts[clause] ?? 0)),
  };
}

function rescore({ components, ...hit }: Hit, { sort, searched }: HintedPlan, scorer: Scorer): Hit {
  const score = components === undefined ? 0 : componentsScore(components, searched.length, scorer);
  return {
    ...hit,
    score,
    sort: hit.sort.map((value, index) => (sort[index]?.field === "_score" ? score : value)),
  };
}

/** Whether nothing that the leaf holds back belongs before the last hit wanted. */
function isCertain(ranking: Withheld, plan: HintedPlan, { weights, last }: Exact): boolean {
  const { next, statistics } = ranking;
  // Most leaves hold nothing back of a rare word.
  if (next === undefined) return true;
  if (last === undefined) return false;
  const live = liveClauses(plan, ranking);
  const before = weightsOf(hintedStatistics(plan.hints, statistics), plan);
  // What is held back comes in the exact order, down to the ids that settle ties.
  if (scoresAreSame(live, before, weights)) {
    return next.score < last.score || (next.score === last.score && next.id > last.id);
  }
  return boundOf(live, before, weights, next) < last.score;
}

type Scored = Pick<SearchPlan, "clauses" | "searched">;

/** A clause that gives documents which a leaf holds back a score: its place in the plan, and those of the fields that it looks in. */
interface LiveClause {
  clause: number;
  fields: number[];
}

function liveClauses(
  { clauses, searched }: Scored,
  { frequencies }: Pick<Withheld, "frequencies">,
): LiveClause[] {
  return clauses.flatMap(({ occur, fields }, clause) => {
    if (occur === "not" || frequencies[clause] === 0) return [];
    const names = new Set(fields.map(({ field }) => field));
    return [{ clause, fields: searched.flatMap(({ field }, place) => (names.has(field) ? [place] : [])) }];
  });
}

/** What statistics make of a plan: all that a score depends on, besides the document. */
interface Weights {
  clauses: number[];
  boosts: number[];
  lengths: number[];
}

function weightsOf(statistics: Statistics, { clauses, searched }: Scored): Weights {
  return {
    clauses: clauseWeights(statistics, clauses),
    boosts: fieldBoosts(statistics, searched),
    lengths: statistics.fields.map(averageLength),
  };
}

/** Whether each document that the leaf holds back has the same score under both statistics, bit for bit. */
function scoresAreSame(live: readonly LiveClause[], a: Weights, b: Weights): boolean {
  return live.every(
    ({ clause, fields }) =>
      a.clauses[clause] === b.clauses[clause] &&
      fields.every((field) => a.lengths[field] === b.lengths[field] && a.boosts[field] === b.boosts[field]),
  );
}

/** A clause as the bound sees it: its weight under both statistics, and ρ. */
interface Weighed {
  before: number;
  after: number;
  growth: number;
}

/** No document that the leaf holds back has a higher score under `exact`, if `next` is its best under `hinted`. */
export function unseenBound(
  plan: Scored,
  hinted: Statistics,
  exact: Statistics,
  withheld: Pick<Withheld, "frequencies" | "next">,
): number {
  const [before, after] = [weightsOf(hinted, plan), weightsOf(exact, plan)];
  return boundOf(liveClauses(plan, withheld), before, after, withheld.next);
}

function boundOf(
  live: readonly LiveClause[],
  before: Weights,
  after: Weights,
  next: LeafRanking["next"],
): number {
  if (next === undefined) return 0;
  const weighed = live.map(({ clause, fields }): Weighed => {
    const growths = fields.map((field) => {
      const longer = (after.lengths[field] ?? 1) / (before.lengths[field] ?? 1);
      return ((after.boosts[field] ?? 1) / (before.boosts[field] ?? 1)) * Math.max(1, longer);
    });
    return {
      before: before.clauses[clause] ?? 0,
      after: after.clauses[clause] ?? 0,
      growth: Math.max(1, ...growths),
    };
  });
  return lowestBound(weighed, next.score) * ROUNDING;
}

/** The least of the bounds over all λ: where what the clauses use of θ goes from more than there is to less. */
function lowestBound(weighed: readonly Weighed[], score: number): number {
  let low = 0;
  let high = Math.max(...weighed.map(({ before, after, growth }) => (growth * after) / before));
  // A clause without a weight under H says nothing of a document's score there: it may give all that it can.
  if (!Number.isFinite(high)) return CLAUSE_MAX * weighed.reduce((sum, { after }) => sum + after, 0);
  let bound = high * score;
  for (let step = 0; step < HALVINGS; step++) {
    const price = (low + high) / 2;
    let used = 0;
    let value = price * score;
    for (const { before, after, growth } of weighed) {
      const x = mostWorth(before, after, growth, price);
      used += before * x;
      value += (after * growth * CLAUSE_MAX * x) / (CLAUSE_MAX + (growth - 1) * x) - price * before * x;
    }
    bound = Math.min(bound, value);
    if (used > score) low = price;
    else high = price;
  }
  return bound;
}

/** The x that makes idf_G · f(x) − λ · idf_H · x largest, for a price λ above 0. */
function mostWorth(before: number, after: number, growth: number, price: number): number {
  const worth = after / (price * before);
  if (growth === 1) return worth > 1 ? CLAUSE_MAX : 0;
  const x = (CLAUSE_MAX * (Math.sqrt(growth * worth) - 1)) / (growth - 1);
  return Math.min(CLAUSE_MAX, Math.max(0, x));
}
