/**
 * What a document's score is made of, so that it can be scored anew under other statistics, to the last bit. One array of
 * numbers a document, since a search brings many: a length for each searched field; then for each clause and searched
 * field where it occurs, in their order, the pair's place (`clause · fields + field`) and how often.
 */
import type { Scorer } from "./bm25.ts";

/** The clauses that occur in a document, each once, in the plan's order. */
export function matchedClauses(components: readonly number[], fields: number): number[] {
  const clauses: number[] = [];
  for (let at = fields; at + 1 < components.length; at += 2) {
    const clause = Math.floor((components[at] ?? 0) / fields);
    if (clauses.at(-1) !== clause) clauses.push(clause);
  }
  return clauses;
}

/** The score of a document that has these components: the operations of the index engine, in its order. */
export function componentsScore(
  components: readonly number[],
  fields: number,
  scorer: Pick<Scorer, "fieldWeight" | "clauseScore">,
): number {
  let score = 0;
  let weight = 0;
  let clause = -1;
  for (let at = fields; at + 1 < components.length; at += 2) {
    const place = components[at] ?? 0;
    const field = place % fields;
    const next = (place - field) / fields;
    if (next !== clause) {
      if (clause >= 0) score += scorer.clauseScore(clause, weight);
      clause = next;
      weight = 0;
    }
    weight += scorer.fieldWeight(field, components[at + 1] ?? 0, components[field] ?? 0);
  }
  return clause < 0 ? score : score + scorer.clauseScore(clause, weight);
}
