/**
 * The distinct texts of a column. Of a long text only its beginning is kept: that is enough to sort, filter and find
 * almost always, and a column of whole texts would store every document's text twice. An entry is a beginning and
 * whether it is cut; where two texts share an entry that is cut, their documents are asked.
 */
import type { FieldType } from "../../../core/collection.ts";

/**
 * UTF-16 code units kept of a value. Text is there to be searched: 24 units tell titles apart, and of prose they are
 * about 3 % of what is stored. A keyword is a value, and nearly always whole; the bound keeps a document of one keyword
 * of a megabyte from being a dictionary entry.
 */
export const TEXT_UNITS_MAX = 24;
export const KEYWORD_UNITS_MAX = 1_024;

export function unitsMaxOf(type: FieldType): number {
  return type === "text" ? TEXT_UNITS_MAX : KEYWORD_UNITS_MAX;
}

/** What is kept of a text. */
export interface TextEntry {
  text: string;
  cut: boolean;
}

/** Codes 1 to `size` are entries in their order; 0: no value. */
export interface TextTable {
  kind: "texts";
  size: number;
  unitsMax: number;
  /** Whether any entry is cut. */
  anyCut: boolean;
  /** The entry's text: the whole value, or its beginning. */
  at(code: number): string;
  isCut(code: number): boolean;
}

export function entryOf(text: string, unitsMax: number): TextEntry {
  return text.length > unitsMax ? { text: text.slice(0, unitsMax), cut: true } : { text, cut: false };
}

/**
 * Negative when `a` comes first: by code units, and a whole text before a longer one that begins with it. So entries
 * that differ have the order of their texts; those of one entry that is cut may have any.
 */
export function compareEntries(a: TextEntry, b: TextEntry): number {
  if (a.text !== b.text) return a.text < b.text ? -1 : 1;
  return Number(a.cut) - Number(b.cut);
}

/** Entries that are decoded together: the first of each such block is found without the others. */
export const BLOCK_ENTRIES = 32;

/** The first code whose entry does not come before this one; `size + 1`: there is none. */
export function lowerBound(table: TextTable, entry: TextEntry): number {
  const before = (code: number): boolean =>
    compareEntries({ text: table.at(code), cut: table.isCut(code) }, entry) < 0;
  const blocks = Math.ceil(table.size / BLOCK_ENTRIES);
  const block = firstNot(1, blocks, (index) => before(index * BLOCK_ENTRIES + 1)) - 1;
  const first = Math.max(block, 0) * BLOCK_ENTRIES + 1;
  return firstNot(first, Math.min(first + BLOCK_ENTRIES, table.size + 1), before);
}

/** The code of an entry, or undefined when no document has it. */
export function codeOf(table: TextTable, entry: TextEntry): number | undefined {
  const code = lowerBound(table, entry);
  if (code > table.size) return undefined;
  return table.at(code) === entry.text && table.isCut(code) === entry.cut ? code : undefined;
}

/** The codes of all entries that begin with a text, from the first to the last; empty when `to` is below `from`. */
export function codesWithPrefix(table: TextTable, prefix: string): { from: number; to: number } {
  const from = lowerBound(table, { text: prefix, cut: false });
  const end = firstNot(from, table.size + 1, (code) => table.at(code).startsWith(prefix));
  return { from, to: end - 1 };
}

/** The first of `from` to `end - 1` for which the test does not hold, when it holds for all before; else `end`. */
export function firstNot(from: number, end: number, holds: (index: number) => boolean): number {
  let low = from;
  let high = end;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (holds(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}
