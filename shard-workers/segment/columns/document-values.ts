/** The values of some documents in a field, one document after the other. */
import type { Summarizer } from "../../../core/query/summarizers.ts";
import { codesFrom, codesTo, valuesOf, type Column, type ColumnView } from "./column.ts";

/** Without `starts` a number a document, NaN for none. */
export interface DocumentNumbers {
  numbers: Float64Array;
  starts: Uint32Array | undefined;
}

/** How many values each of the documents has. */
export function countValues(column: Column, ordinals: Uint32Array): Uint32Array {
  const counts = new Uint32Array(ordinals.length);
  for (let index = 0; index < ordinals.length; index++) {
    const ordinal = ordinals[index] ?? 0;
    counts[index] = codesTo(column, ordinal) - codesFrom(column, ordinal);
  }
  return counts;
}

/** The numbers of documents, or epoch milliseconds; undefined: the column holds neither. */
export function numbersOf(column: Column, ordinals: Uint32Array): DocumentNumbers | undefined {
  const { table, codes, starts } = column;
  if (table.kind !== "raw" && table.kind !== "numbers") return undefined;
  // The missing code of a table of numbers is none of its codes, and so NaN.
  const numberOf =
    table.kind === "raw"
      ? (code: number): number => code
      : (code: number): number => (code === 0 ? Number.NaN : table.at(code));
  if (starts === undefined) {
    const numbers = new Float64Array(ordinals.length);
    for (let index = 0; index < ordinals.length; index++) {
      numbers[index] = numberOf(codes[ordinals[index] ?? 0] ?? Number.NaN);
    }
    return { numbers, starts: undefined };
  }
  const ends = new Uint32Array(ordinals.length + 1);
  for (const [index, count] of countValues(column, ordinals).entries())
    ends[index + 1] = (ends[index] ?? 0) + count;
  const numbers = new Float64Array(ends[ordinals.length] ?? 0);
  let place = 0;
  for (const ordinal of ordinals) {
    const to = codesTo(column, ordinal);
    for (let at = codesFrom(column, ordinal); at < to; at++) numbers[place++] = numberOf(codes[at] ?? 0);
  }
  return { numbers, starts: ends };
}

/** Gives every value of each document to its summarizers. For values that are no numbers, or not many. */
export function addValues(
  view: ColumnView,
  field: string,
  column: Column,
  ordinals: Uint32Array,
  summarizersOf: (index: number) => readonly Summarizer[],
): void {
  for (const [index, ordinal] of ordinals.entries()) {
    const summarizers = summarizersOf(index);
    if (summarizers.length === 0) continue;
    const values = valuesOf(view, field, column, ordinal);
    for (const summarizer of summarizers) for (const value of values) summarizer.add(value, 1);
  }
}
