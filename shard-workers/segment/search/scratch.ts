/**
 * Working memory of searches, one for the isolate: a search runs from begin to end without giving way. Whoever uses a
 * piece leaves it as its comment says.
 */
import { bitmapWords, SEGMENT_DOCUMENTS_MAX } from "../column-contract.ts";

/** Tables that are kept: of 128 KB at most. */
const TABLES_KEPT_MAX = 8;

/** Scores by ordinal. Left as it is: cleared before use. */
export const scores = new Float64Array(SEGMENT_DOCUMENTS_MAX);

/** A clause's weights by ordinal, before saturation. Left all 0. */
export const weights = new Float64Array(SEGMENT_DOCUMENTS_MAX);

/** Frequencies by ordinal, while postings are united. Left all 0. */
export const frequencySums = new Uint32Array(SEGMENT_DOCUMENTS_MAX);

/** Tables of values. Whoever takes one fills it; all are free again when a search begins. */
const tables: Float64Array[] = [];
let tablesTaken = 0;

export function freeTables(): void {
  tablesTaken = 0;
}

/** A table with room for so many values. A new one at each search would cost more than filling an old. */
export function takeTable(size: number): Float64Array {
  const known = tables[tablesTaken];
  const table = known !== undefined && known.length >= size ? known : new Float64Array(size);
  // A query has many clauses at most once in a while: what they need is not kept.
  if (tablesTaken < TABLES_KEPT_MAX) tables[tablesTaken] = table;
  tablesTaken += 1;
  return table;
}

/** The documents that match so far, and those of one clause. Left as they are: cleared before use. */
export const candidateBits = new Uint32Array(bitmapWords(SEGMENT_DOCUMENTS_MAX));
export const clauseBits = new Uint32Array(bitmapWords(SEGMENT_DOCUMENTS_MAX));
export const unionBits = new Uint32Array(bitmapWords(SEGMENT_DOCUMENTS_MAX));

/** After a search that threw: what is to be 0 is so again. */
export function resetScratch(): void {
  weights.fill(0);
  frequencySums.fill(0);
}
