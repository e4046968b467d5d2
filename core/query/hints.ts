/** What a leaf ranks by while the collection's statistics are not known: what the root saw last, and its own for the rest. */
import type { Hints, Statistics } from "../contracts/search.ts";

/** Whether hints have no gap: then it does not matter which leaf ranks by them. */
export function isComplete({ documents, fields, frequencies }: Hints): boolean {
  return documents !== null && !fields.includes(null) && !frequencies.includes(null);
}

/**
 * The statistics that a leaf with these of its own ranks by. A clause that was never seen is taken to be as frequent everywhere as
 * it is in this leaf. What was seen at different times need not fit together: no clause is in more documents than there are,
 * or it would count against those that it matches.
 */
export function hintedStatistics(hints: Hints, own: Statistics): Statistics {
  const documents = hints.documents ?? own.documents;
  const scale = own.documents === 0 ? 0 : documents / own.documents;
  return {
    documents,
    fields: own.fields.map((field, index) => hints.fields[index] ?? field),
    frequencies: own.frequencies.map((frequency, index) =>
      Math.min(documents, hints.frequencies[index] ?? frequency * scale),
    ),
  };
}
