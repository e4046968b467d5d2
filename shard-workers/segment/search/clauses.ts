/** A query's clauses in one segment: which postings match them. */
import type { MatchPlan } from "../../../core/contracts/search.ts";
import type { Clause, FieldTerms, Occur } from "../../../core/query/parse-query.ts";
import { cutTerm } from "../analysis.ts";
import { anyBetween, countBits, hasBit } from "../bitmap.ts";
import type { Bitmap } from "../column-contract.ts";
import type { Postings } from "../postings.ts";
import type { Lengths, Searchable, TextField } from "../searchable.ts";
import { unite } from "./listed-postings.ts";
import { matchPhrase } from "./phrase.ts";
import { clauseBits } from "./scratch.ts";

/** Where a clause matches in one field. */
export interface FieldMatch {
  /** The field's place among the searched. */
  field: number;
  postings: Postings;
  lengths: Lengths;
}

/** Where a clause matches in a segment: nowhere, when it has no fields. */
export interface ClauseMatch {
  /** The clause's place in the plan. */
  clause: number;
  occur: Occur;
  /** In the plan's order of searched fields, each once. */
  fields: FieldMatch[];
  /** The sum of the fields' documents: at least as many as the clause has. */
  documents: number;
}

export function matchClauses<C>(segment: Searchable<C>, plan: MatchPlan): ClauseMatch[] {
  return plan.clauses.map((clause, index) => {
    const fields = plan.searched.flatMap(({ field: name }, place): FieldMatch[] => {
      const field = segment.field(name);
      const postings = field === undefined ? undefined : fieldPostings(field, name, clause);
      return field === undefined || postings === undefined
        ? []
        : [{ field: place, postings, lengths: field.lengths }];
    });
    const documents = fields.reduce((sum, { postings }) => sum + postings.documents, 0);
    return { clause: index, occur: clause.occur, fields, documents };
  });
}

/** A clause may name a field more often (a prefix, and stems of what it begins): all that is found there counts. */
function fieldPostings(field: TextField, name: string, clause: Clause): Postings | undefined {
  return unite(
    clause.fields.flatMap((entry) => (entry.field === name ? termPostings(field, entry, clause) : [])),
  );
}

function termPostings(field: TextField, { terms, whole }: FieldTerms, clause: Clause): Postings[] {
  const [first, ...others] = terms;
  if (first === undefined) return [];
  if (clause.kind === "prefix" && whole !== true && others.length === 0)
    return [...field.withPrefix(cutTerm(first))];
  const postings: Postings[] = [];
  for (const term of terms) {
    const found = field.find(cutTerm(term));
    if (found === undefined) return [];
    postings.push(found);
  }
  if (others.length === 0) return postings;
  const phrase = matchPhrase(postings);
  return phrase === undefined ? [] : [phrase];
}

/** Sets the bits of a clause's documents; where `within` is given, at least of those that are in it. */
export function addMatches(match: ClauseMatch, bits: Bitmap, within?: Bitmap): void {
  for (const { postings } of match.fields) {
    postings.restart();
    while (postings.next()) {
      if (within !== undefined && !anyBetween(within, postings.first, postings.last)) continue;
      postings.decodeOrdinals();
      const { ordinals, count } = postings;
      for (let index = 0; index < count; index++) {
        const ordinal = ordinals[index] ?? 0;
        const word = ordinal >>> 5;
        bits[word] = (bits[word] ?? 0) | (1 << (ordinal & 31));
      }
    }
  }
}

/** How many documents a clause matches in a segment, without the deleted. */
export function countMatches<C>(segment: Searchable<C>, match: ClauseMatch): number {
  const [only, second] = match.fields;
  if (only === undefined) return 0;
  if (second === undefined) return countPostings(segment, only.postings);
  const words = (segment.documents + 31) >>> 5;
  clauseBits.fill(0, 0, words);
  addMatches(match, clauseBits);
  for (let word = 0; word < words; word++)
    clauseBits[word] = (clauseBits[word] ?? 0) & ~(segment.deleted[word] ?? 0);
  return countBits(clauseBits, words);
}

function countPostings<C>({ deleted, deletedCount }: Searchable<C>, postings: Postings): number {
  if (deletedCount === 0) return postings.documents;
  let count = 0;
  postings.restart();
  while (postings.next()) {
    if (!anyBetween(deleted, postings.first, postings.last)) {
      count += postings.count;
      continue;
    }
    postings.decodeOrdinals();
    for (let index = 0; index < postings.count; index++)
      if (!hasBit(deleted, postings.ordinals[index] ?? 0)) count++;
  }
  return count;
}
