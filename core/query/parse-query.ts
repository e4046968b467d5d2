/**
 * The query language of `q`: words, `"a phrase"`, `prefix*`, `+must`, `-not`, `title:word`. It is what people type
 * and paste, so it has no syntax errors: what makes no sense as an operator is text.
 */
import { analyzeTerms } from "../analysis/analyze.ts";
import { failure, type Result } from "../errors.ts";
import type { Fields } from "../collection.ts";

export type Occur = "must" | "should" | "not";

/** What a clause looks for in one field: one term, a phrase's terms in order, or a prefix. */
export interface FieldTerms {
  field: string;
  terms: string[];
}

/** A condition on a document: it matches where one of `fields` holds its terms. */
export interface Clause {
  occur: Occur;
  kind: "term" | "phrase" | "prefix";
  /** The fields' terms differ where their languages do. Never empty. */
  fields: FieldTerms[];
}

export interface QueryOptions {
  fields: Fields;
  /** The text fields to search, in order. */
  searched: readonly string[];
  operator: "and" | "or";
}

/** A word costs a lookup in every leaf, also within a phrase; a page of pasted text has this many. */
export const WORDS_MAX = 256;

const PART = /([+-]?)(?:([A-Za-z][\w.-]*):(?=\S))?(?:"([^"]*)(?:"|$)|(\S+))/gu;

/**
 * A query's clauses. A query without a word (empty, or "!?") has none: `empty` tells whether it is empty, and so
 * means everything, or has text that no document can match.
 */
export function parseQuery(q: string, options: QueryOptions): Result<{ clauses: Clause[]; empty: boolean }> {
  const clauses = new Map<string, Clause>();
  let words = 0;
  for (const match of q.matchAll(PART)) {
    for (const clause of partClauses(match, options)) {
      const key = JSON.stringify(clause);
      if (!clauses.has(key)) words += Math.max(...clause.fields.map(({ terms }) => terms.length));
      clauses.set(key, clause);
    }
    if (words > WORDS_MAX) return failure("invalid-query", `A query has at most ${WORDS_MAX} words.`);
  }
  return { ok: true, clauses: [...clauses.values()], empty: q.trim() === "" };
}

function partClauses(match: RegExpMatchArray, options: QueryOptions): Clause[] {
  const [, sign = "", field, phrase, rest = ""] = match;
  // "Alien:Resurrection" names no field: it is text.
  const named = field !== undefined && options.searched.includes(field);
  const text = phrase ?? rest;
  const full = named || field === undefined ? text : `${field}:${text}`;
  const searched = named ? [field] : options.searched;
  const occur = sign === "+" ? "must" : sign === "-" ? "not" : options.operator === "and" ? "must" : "should";

  if (phrase !== undefined) return compact(makeClause(occur, "phrase", full, searched, options.fields));
  if (full.length > 1 && full.endsWith("*"))
    return prefixClauses(occur, full.slice(0, -1), searched, options);
  // "-spider-man" excludes the name, not every spider and every man.
  if (occur === "not") return compact(makeClause(occur, "phrase", full, searched, options.fields));
  return wordClauses(occur, full, searched, options.fields);
}

function compact(clause: Clause | undefined): Clause[] {
  return clause === undefined ? [] : [clause];
}

/** A clause for the text as a whole, or undefined when no field has a term of it. */
function makeClause(
  occur: Occur,
  kind: "phrase" | "term",
  text: string,
  searched: readonly string[],
  fields: Fields,
): Clause | undefined {
  const found = searched
    .map((field) => ({ field, terms: analyzeTerms(text, fields[field]?.language) }))
    .filter(({ terms }) => terms.length > 0);
  if (found.length === 0) return undefined;
  const single = found.every(({ terms }) => terms.length === 1);
  return { occur, kind: single ? "term" : kind, fields: found };
}

/** A clause for each word of a text that analysis cuts into several ("spider-man"), field by field at the same place. */
function wordClauses(occur: Occur, text: string, searched: readonly string[], fields: Fields): Clause[] {
  const byField = searched.map((field) => ({ field, terms: analyzeTerms(text, fields[field]?.language) }));
  const count = Math.max(0, ...byField.map(({ terms }) => terms.length));
  return Array.from({ length: count }, (_, index) => ({
    occur,
    kind: "term" as const,
    fields: byField.flatMap(({ field, terms }) => {
      const term = terms[index];
      return term === undefined ? [] : [{ field, terms: [term] }];
    }),
  }));
}

/** `spider-ma*`: the words before the last are whole, the last is a prefix. It is folded, but not stemmed. */
function prefixClauses(
  occur: Occur,
  text: string,
  searched: readonly string[],
  options: QueryOptions,
): Clause[] {
  const terms = analyzeTerms(text);
  const prefix = terms.at(-1);
  if (prefix === undefined) return [];
  const whole = text.slice(0, text.length - lastWordLength(text));
  const clause: Clause = {
    occur,
    kind: "prefix",
    fields: searched.map((field) => ({ field, terms: [prefix] })),
  };
  return occur === "not" || terms.length === 1
    ? [clause]
    : [...wordClauses(occur, whole, searched, options.fields), clause];
}

function lastWordLength(text: string): number {
  return /[\p{L}\p{N}\p{M}]*$/u.exec(text)?.[0].length ?? 0;
}
