/**
 * A typed column: what the documents of a segment hold in one field. Each value is a code, a number in the narrowest
 * typed array, and a table says which value a code means; where the order of codes is that of values, a range of values
 * is a range of codes. So filters, sorting and counting run over typed arrays, and look at values a few times a query.
 */
import type { FieldType } from "../../../core/collection.ts";
import { fieldValues } from "../../../core/document/values.ts";
import type { SegmentView } from "../column-contract.ts";
import type { TextTable } from "./text-table.ts";

/** A value: a number, a date as epoch milliseconds, a text, a boolean. */
export type ColumnValue = string | number | boolean;

export type Codes = Uint8Array | Uint16Array | Uint32Array | Float64Array;

/** Codes are the numbers themselves; NaN: no value. */
export interface RawTable {
  kind: "raw";
}

/** Codes 1 to `size` are values in their order; 0: no value. */
export interface NumberTable {
  kind: "numbers";
  size: number;
  at(code: number): number;
}

/** 1 is false, 2 is true; 0: no value. */
export interface BooleanTable {
  kind: "booleans";
  size: 2;
  at(code: number): boolean;
}

export type ValueTable = RawTable | NumberTable | BooleanTable | TextTable;

export const RAW: RawTable = { kind: "raw" };
export const BOOLEANS: BooleanTable = { kind: "booleans", size: 2, at: (code) => code === 2 };

/** A document's values are sorted; negative zero is zero, as it is in the stored JSON. */
export interface Column {
  readonly type: FieldType;
  readonly documents: number;
  /** Without `starts` a code a document; with them a document's codes are from `starts[ordinal]` to the next's. */
  readonly codes: Codes;
  readonly starts: Uint32Array | undefined;
  readonly table: ValueTable;
}

/** The columns of a segment, for the time of one call. */
export interface SegmentColumns {
  /** The column of a declared field; undefined: no document has a value. */
  column(field: string): Column | undefined;
}

/** A segment as filters, sorting, facets and aggregations see it. */
export type ColumnView = SegmentView<SegmentColumns>;

/** Whether a code stands for no value. */
export function isMissing(table: ValueTable, code: number): boolean {
  return table.kind === "raw" ? Number.isNaN(code) : code === 0;
}

/** The value of a code; of a text that is cut, its beginning. */
export function valueOf(table: ValueTable, code: number): ColumnValue {
  return table.kind === "raw" ? code : table.at(code);
}

/** Whether a table has texts of which it knows the beginning alone. */
export function hasCutTexts(table: ValueTable): boolean {
  return table.kind === "texts" && table.anyCut;
}

/** Where a document's codes begin in the array. */
export function codesFrom({ starts }: Column, ordinal: number): number {
  return starts === undefined ? ordinal : (starts[ordinal] ?? 0);
}

/** Where they end: at their beginning, when it has no value. */
export function codesTo({ codes, starts, table }: Column, ordinal: number): number {
  if (starts !== undefined) return starts[ordinal + 1] ?? 0;
  return isMissing(table, codes[ordinal] ?? 0) ? ordinal : ordinal + 1;
}

/** A document's values, whole: where the column has only the beginning of one, the document is asked. */
export function valuesOf(view: ColumnView, field: string, column: Column, ordinal: number): ColumnValue[] {
  const { table } = column;
  const codes = column.codes.subarray(codesFrom(column, ordinal), codesTo(column, ordinal));
  if (table.kind === "texts" && table.anyCut && codes.some((code) => table.isCut(code))) {
    return fieldValues(view.documentOf(ordinal), field, column.type);
  }
  return Array.from(codes, (code) => valueOf(table, code));
}
