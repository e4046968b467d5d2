/** Which documents of a segment match a query: sets of bits, united, intersected and counted. */
import { setAll } from "../bitmap.ts";
import { bitmapWords, type Bitmap, type SegmentQuery } from "../column-contract.ts";
import type { Searchable } from "../searchable.ts";
import { addMatches, type ClauseMatch } from "./clauses.ts";
import { candidateBits, clauseBits } from "./scratch.ts";

/**
 * The documents that match every `must` clause, or where there is none at least one `should` clause, or where there is neither all;
 * no `not` clause; the filter; and are not deleted. The bitmap is working memory.
 */
export function findCandidates<C>(
  segment: Searchable<C>,
  matches: readonly ClauseMatch[],
  filter: SegmentQuery<C>["filter"],
): Bitmap {
  const { documents, deleted } = segment;
  const words = bitmapWords(documents);
  // The filter runs first: it may be anybody's code, and the bits here are shared.
  const filtered = filter?.(segment);
  const musts = matches.filter(({ occur }) => occur === "must").toSorted((a, b) => a.documents - b.documents);
  const shoulds = matches.filter(({ occur }) => occur === "should");
  const [rarest, ...others] = musts;
  if (rarest !== undefined) only([rarest], words);
  else if (shoulds.length > 0) only(shoulds, words);
  else setAll(candidateBits, documents);
  if (filtered !== undefined) intersect(candidateBits, filtered, words);
  if (segment.deletedCount > 0) subtract(candidateBits, deleted, words);
  for (const match of others) narrow(match, words);
  for (const match of matches) {
    if (match.occur !== "not") continue;
    clauseBits.fill(0, 0, words);
    addMatches(match, clauseBits, candidateBits);
    subtract(candidateBits, clauseBits, words);
  }
  return candidateBits;
}

/** Makes those documents the candidates that one of these clauses matches. */
function only(matches: readonly ClauseMatch[], words: number): void {
  candidateBits.fill(0, 0, words);
  for (const match of matches) addMatches(match, candidateBits);
}

/** Keeps the candidates that a clause matches. */
function narrow(match: ClauseMatch, words: number): void {
  clauseBits.fill(0, 0, words);
  addMatches(match, clauseBits, candidateBits);
  intersect(candidateBits, clauseBits, words);
}

function intersect(bits: Bitmap, other: Bitmap, words: number): void {
  for (let word = 0; word < words; word++) bits[word] = (bits[word] ?? 0) & (other[word] ?? 0);
}

function subtract(bits: Bitmap, other: Bitmap, words: number): void {
  for (let word = 0; word < words; word++) bits[word] = (bits[word] ?? 0) & ~(other[word] ?? 0);
}
