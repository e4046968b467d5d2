/**
 * What documents are sorted by, as numbers that compare faster than values: within a segment the order of codes is that
 * of values. Only texts that are cut at the same place have to be compared themselves.
 */
import { fieldValues } from "../../../core/document/values.ts";
import type { SortKey, SortValue } from "../../../core/query/sort.ts";
import { codesFrom, codesTo, valueOf, type Column, type ColumnView } from "./column.ts";
import { numberLowerBound } from "./number-tables.ts";
import { codeOf, entryOf, lowerBound } from "./text-table.ts";

/** A sort key in one segment. */
export interface SegmentKey {
  /** The lower comes first; infinite: the document has no value, and comes last whichever the direction. */
  rank(ordinal: number): number;
  /** The ranks of many documents. */
  ranks(ordinals: Uint32Array): Float64Array;
  /** Where a value that may be another segment's stands among the ranks. */
  rankOf(value: SortValue): number;
  /** What the hit is sorted by: of several values the one that brings the document forward. */
  value(ordinal: number): SortValue;
  /** Whether documents of this rank can have different values, which then decide. */
  isCoarse(rank: number): boolean;
}

/** The key of a declared field: neither `_score` nor `id`, which the segment knows by itself. */
export function segmentKey(view: ColumnView, { field, descending }: SortKey): SegmentKey {
  const column = view.columns.column(field);
  if (column === undefined) return KEY_WITHOUT_VALUES;
  const sign = descending ? -1 : 1;
  const rank = (ordinal: number): number => {
    const code = foremostCode(column, ordinal, descending);
    return code === undefined ? Infinity : sign * code;
  };
  return {
    rank,
    ranks: (ordinals) => {
      if (column.starts === undefined) return ranksOfSingle(column, ordinals, sign);
      return ordinals.reduce((ranks, ordinal, index) => {
        ranks[index] = rank(ordinal);
        return ranks;
      }, new Float64Array(ordinals.length));
    },
    rankOf: (value) => (value === null ? Infinity : sign * placeOf(column, value)),
    value: (ordinal) => {
      const code = foremostCode(column, ordinal, descending);
      if (code === undefined) return null;
      if (!isCutAt(column, code)) return valueOf(column.table, code);
      return foremost(fieldValues(view.documentOf(ordinal), field, column.type), descending);
    },
    isCoarse: (place) => isCutAt(column, Math.abs(place)),
  };
}

function ranksOfSingle({ codes, table }: Column, ordinals: Uint32Array, sign: 1 | -1): Float64Array {
  const ranks = new Float64Array(ordinals.length);
  const isRaw = table.kind === "raw";
  for (let index = 0; index < ordinals.length; index++) {
    const code = codes[ordinals[index] ?? 0] ?? 0;
    ranks[index] = isRaw
      ? Number.isNaN(code)
        ? Infinity
        : sign * code
      : code === 0
        ? Infinity
        : sign * code;
  }
  return ranks;
}

const KEY_WITHOUT_VALUES: SegmentKey = {
  rank: () => Infinity,
  ranks: (ordinals) => new Float64Array(ordinals.length).fill(Infinity),
  // Every value comes before none.
  rankOf: (value) => (value === null ? Infinity : 0),
  value: () => null,
  isCoarse: () => false,
};

/** A document's codes are sorted: of several the first or the last brings it forward. */
function foremostCode(column: Column, ordinal: number, descending: boolean): number | undefined {
  const from = codesFrom(column, ordinal);
  const to = codesTo(column, ordinal);
  return from === to ? undefined : column.codes[descending ? to - 1 : from];
}

function isCutAt({ table }: Column, code: number): boolean {
  return table.kind === "texts" && table.anyCut && Number.isInteger(code) && table.isCut(code);
}

function foremost(values: SortValue[], descending: boolean): SortValue {
  let best: SortValue = null;
  for (const value of values) {
    if (value !== null && (best === null || (descending ? value > best : value < best))) best = value;
  }
  return best;
}

/** The code of a value, or the middle between those it would stand between. */
function placeOf({ table }: Column, value: string | number | boolean): number {
  switch (table.kind) {
    case "raw":
      return Number(value);
    case "booleans":
      return value === true ? 2 : 1;
    case "numbers": {
      const code = numberLowerBound(table, Number(value));
      return code <= table.size && table.at(code) === value ? code : code - 0.5;
    }
    case "texts": {
      const entry = entryOf(String(value), table.unitsMax);
      return codeOf(table, entry) ?? lowerBound(table, entry) - 0.5;
    }
  }
}
