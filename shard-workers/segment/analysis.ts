/** What the index makes of a term. */

/** A longer term is cut, in documents and in queries: compatibility forms can make 18 letters of one. */
const TERM_UNITS_MAX = 128;

export function cutTerm(term: string): string {
  return term.length > TERM_UNITS_MAX ? term.slice(0, TERM_UNITS_MAX) : term;
}
