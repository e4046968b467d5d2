/**
 * The query language of `q`: words, `"a phrase"`, `prefix*`, `+must`, `-not`, `title:word`. It is what people type
 * and paste, so it has no syntax errors: what makes no sense as an operator is text.
 */
import { analyze, analyzeTerms } from "../analysis/analyze.ts";
import { stemsOfPrefix } from "../analysis/prefix-stems.ts";
import { isStopWord } from "../analysis/stop-words.ts";
import { failure, type Result } from "../errors.ts";
import type { Fields } from "../collection.ts";

export type Occur = "must" | "should" | "not";

/** What a clause looks for in one field: one term, a phrase's terms in order, or a prefix. */
export interface FieldTerms {
  field: string;
  terms: string[];
  /** In a prefix: the term is a whole one, and no beginning. */
  whole?: true;
}

/** A condition on a document: it matches where one of `fields` holds its terms. */
export interface Clause {
  occur: Occur;
  kind: "term" | "phrase" | "prefix";
  /** The fields' terms differ where their languages do. Never empty. A field may come again: what is found by any of its entries counts. */
  fields: FieldTerms[];
  /** How much it counts in the score, beside how rare it is; 1 when absent. It does not change what matches. */
  weight?: number;
}

export interface QueryOptions {
  fields: Fields;
  /** The text fields to search, in order. */
  searched: readonly string[];
  operator: "and" | "or";
}

/** A word costs a lookup in every leaf, also within a phrase; a page of pasted text has this many. */
export const WORDS_MAX = 256;

/**
 * What a stop word counts. Between 0.1 and 0.3 made no difference (docs/decisions/0060); 0 would rank "What Is Love" as if it were
 * called "Love".
 */
const STOP_WORD_WEIGHT = 0.2;

/** A word that the query repeats counts as often, up to this: nobody means a page of one word. */
const REPETITIONS_MAX = 8;

const PART = /([+-]?)(?:([A-Za-z][\w.-]*):(?=\S))?(?:"([^"]*)(?:"|$)|(\S+))/gu;

/**
 * A query's clauses. A query without a word (empty, or "!?") has none: `empty` tells whether it is empty, and so
 * means everything, or has text that no document can match.
 */
export function parseQuery(q: string, options: QueryOptions): Result<{ clauses: Clause[]; empty: boolean }> {
  const clauses = new Map<string, { clause: Clause; times: number }>();
  let words = 0;
  for (const match of q.matchAll(PART)) {
    for (const clause of partClauses(match, options)) {
      const key = JSON.stringify(clause);
      const times = clauses.get(key)?.times ?? 0;
      if (times === 0) words += Math.max(...clause.fields.map(({ terms }) => terms.length));
      clauses.set(key, { clause, times: Math.min(times + 1, REPETITIONS_MAX) });
    }
    if (words > WORDS_MAX) return failure("invalid-query", `A query has at most ${WORDS_MAX} words.`);
  }
  const weighed = [...clauses.values()].map(({ clause, times }) => weigh(clause, times));
  return { ok: true, clauses: weighed, empty: q.trim() === "" };
}

function weigh(clause: Clause, factor: number): Clause {
  const weight = (clause.weight ?? 1) * factor;
  return weight === 1 || clause.occur === "not" ? clause : { ...clause, weight };
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
  const clauses = wordClauses(occur, full, searched, options.fields);
  // Whoever asks for "+what" means it.
  return sign === "" ? weakenStopWords(clauses, full, searched, options.fields) : clauses;
}

/** Clauses of a text's words, of which stop words count less: those that are one in the language of every field that has one. */
function weakenStopWords(
  clauses: Clause[],
  text: string,
  searched: readonly string[],
  fields: Fields,
): Clause[] {
  const languages = [...new Set(searched.flatMap((field) => fields[field]?.language ?? []))];
  if (languages.length === 0) return clauses;
  const wordsOf = languages.map((language) => ({
    language,
    words: analyze(text, language).map(({ start, end }) => text.slice(start, end)),
  }));
  return clauses.map((clause, index) => {
    const isStop = wordsOf.every(({ language, words }) => isStopWord(words[index] ?? "", language));
    return isStop ? weigh(clause, STOP_WORD_WEIGHT) : clause;
  });
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

/**
 * `spider-ma*`: the words before the last are whole, the last is a prefix. It is folded; where a field's words are stemmed, it
 * also means the stems of the words that it may begin.
 */
function prefixClauses(
  occur: Occur,
  text: string,
  searched: readonly string[],
  { fields }: QueryOptions,
): Clause[] {
  const terms = analyzeTerms(text);
  const prefix = terms.at(-1);
  if (prefix === undefined) return [];
  const whole = text.slice(0, text.length - lastWordLength(text));
  const beginning = text.slice(whole.length);
  const clause: Clause = {
    occur,
    kind: "prefix",
    fields: searched.flatMap((field): FieldTerms[] => {
      const language = fields[field]?.language;
      const stems = language === undefined ? [] : stemsOfPrefix(beginning, prefix, language);
      return [
        { field, terms: [prefix] },
        ...stems.map((stem) => ({ field, terms: [stem], whole: true as const })),
      ];
    }),
  };
  return occur === "not" || terms.length === 1
    ? [clause]
    : [...wordClauses(occur, whole, searched, fields), clause];
}

function lastWordLength(text: string): number {
  return /[\p{L}\p{N}\p{M}]*$/u.exec(text)?.[0].length ?? 0;
}
