/** Queries that need no set of matching documents: one term, and a union of common terms, unfiltered. */
import { anyBetween, hasBit, lowestBit } from "../bitmap.ts";
import { bitmapWords } from "../column-contract.ts";
import type { Searchable } from "../searchable.ts";
import { countMatches, type ClauseMatch } from "./clauses.ts";
import type { Ranking } from "./ranking.ts";
import { scores } from "./scratch.ts";
import type { TopScores } from "./top-scores.ts";

/**
 * The clause, when it is the only one, and matches in at most one field. Its documents are counted in the dictionary, and
 * blocks that can't reach the best are not decoded.
 */
export function onlyTerm(matches: readonly ClauseMatch[]): ClauseMatch | undefined {
  const [only, second] = matches;
  return only !== undefined && second === undefined && only.occur !== "not" && only.fields.length <= 1
    ? only
    : undefined;
}

export function bestOfTerm<C>(
  segment: Searchable<C>,
  match: ClauseMatch,
  ranking: Ranking,
  top: TopScores,
): number {
  const [only] = match.fields;
  if (only === undefined) return 0;
  const { postings, lengths, field } = only;
  const { deleted, deletedCount } = segment;
  postings.restart();
  while (postings.next()) {
    if (top.threshold > 0 && ranking.blockBound(match.clause, field, postings) < top.threshold) continue;
    postings.decodeOrdinals();
    postings.decodeFrequencies();
    const { ordinals, frequencies, count } = postings;
    const clean = deletedCount === 0 || !anyBetween(deleted, postings.first, postings.last);
    for (let index = 0; index < count; index++) {
      const ordinal = ordinals[index] ?? 0;
      const score = ranking.scoreOf(match.clause, field, frequencies[index] ?? 0, lengths[ordinal] ?? 0);
      if (score >= top.threshold && (clean || !hasBit(deleted, ordinal))) top.push(ordinal, score);
    }
  }
  return countMatches(segment, match);
}

/** Whether scoring everything and looking at every place is less work than sets of bits. */
export function isUnion<C>(segment: Searchable<C>, matches: readonly ClauseMatch[]): boolean {
  if (matches.length === 0 || !matches.every(({ occur }) => occur === "should")) return false;
  return matches.reduce((sum, { documents }) => sum + documents, 0) > segment.documents >>> 4;
}

/** Adds up all scores, and looks for the best and counts in one pass: a score of 0 is no match. */
export function bestOfUnion<C>(
  segment: Searchable<C>,
  matches: readonly ClauseMatch[],
  ranking: Ranking,
  top: TopScores,
): number {
  const { documents, deleted, deletedCount } = segment;
  scores.fill(0, 0, documents);
  for (const match of matches) ranking.addScores(match);
  if (deletedCount > 0) {
    for (let word = 0; word < bitmapWords(documents); word++) {
      for (let value = deleted[word] ?? 0; value !== 0; value &= value - 1)
        scores[lowestBit(word, value)] = 0;
    }
  }
  let total = 0;
  let { threshold } = top;
  for (let ordinal = 0; ordinal < documents; ordinal++) {
    const score = scores[ordinal] as number; // in bounds
    // 1 where there is a score, without a branch: which documents match can't be foretold.
    total += Math.ceil(Math.min(score, 1));
    if (score < threshold || score === 0) continue;
    top.push(ordinal, score);
    ({ threshold } = top);
  }
  return total;
}
