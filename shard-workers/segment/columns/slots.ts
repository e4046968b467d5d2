/**
 * Buckets and groups by number. Values that meet in several segments get one slot each, and documents are counted by
 * slot in typed arrays. A code's slot is worked out once, in the order of codes, in which a stored table is read fastest.
 */
import type { FacetValue } from "../../../core/query/facets.ts";
import {
  hasCutTexts,
  isMissing,
  valueOf,
  valuesOf,
  type Codes,
  type Column,
  type ColumnView,
  type ValueTable,
} from "./column.ts";

/** What a value counts as; undefined: nothing. It rises, or stays, when the value does. */
export type BucketOf = (value: FacetValue) => FacetValue | undefined;

/** Gives values their slots, from 0. */
export class Slots {
  readonly values: FacetValue[] = [];
  private readonly slots = new Map<FacetValue, number>();

  of(value: FacetValue): number {
    const known = this.slots.get(value);
    if (known !== undefined) return known;
    const slot = this.values.length;
    this.values.push(value);
    this.slots.set(value, slot);
    return slot;
  }
}

/**
 * The slots of some documents, in their order, each once a document. Without `starts` one a document; negative: none.
 */
export interface DocumentSlots {
  slots: Int32Array;
  starts: Uint32Array | undefined;
}

/** Codes with a place in an array: a megabyte of it. */
const MEMORABLE_MAX = 2 ** 18;

/** An array that is much larger than what it is asked costs more to make than it saves. */
const MEMORABLE_PER_DOCUMENT = 8;

/** Whether it pays to have an array with a place for each code, when so many documents are asked about. */
export function isMemorable(table: ValueTable, documents: number): boolean {
  return (
    table.kind !== "raw" &&
    table.size <= Math.min(MEMORABLE_MAX, Math.max(256, documents * MEMORABLE_PER_DOCUMENT))
  );
}

const NONE = -1;

export function documentSlots(
  view: ColumnView,
  field: string,
  ordinals: Uint32Array,
  slots: Slots,
  bucketOf: BucketOf,
): DocumentSlots {
  const column = view.columns.column(field);
  if (column === undefined) return { slots: new Int32Array(ordinals.length).fill(NONE), starts: undefined };
  if (hasCutTexts(column.table)) {
    return slotsOfEach(ordinals, (ordinal) =>
      valuesOf(view, field, column, ordinal).map((value) => slotOfBucket(slots, bucketOf(value))),
    );
  }
  const slotOf = codeSlots(column, ordinals, slots, bucketOf);
  const { codes, starts } = column;
  if (starts === undefined) {
    const found = new Int32Array(ordinals.length);
    for (let index = 0; index < ordinals.length; index++) {
      found[index] = slotOf(codes[ordinals[index] ?? 0] ?? 0);
    }
    return { slots: found, starts: undefined };
  }
  return slotsOfSeveral(codes, starts, ordinals, slotOf);
}

/** Values are sorted, and buckets rise with them: equal ones are neighbours. */
function slotsOfSeveral(
  codes: Codes,
  starts: Uint32Array,
  ordinals: Uint32Array,
  slotOf: (code: number) => number,
): DocumentSlots {
  let values = 0;
  for (let index = 0; index < ordinals.length; index++) {
    const ordinal = ordinals[index] ?? 0;
    values += (starts[ordinal + 1] ?? 0) - (starts[ordinal] ?? 0);
  }
  const places = new Uint32Array(ordinals.length + 1);
  const found = new Int32Array(values);
  let place = 0;
  for (let index = 0; index < ordinals.length; index++) {
    const ordinal = ordinals[index] ?? 0;
    const to = starts[ordinal + 1] ?? 0;
    let last = NONE;
    for (let at = starts[ordinal] ?? 0; at < to; at++) {
      const slot = slotOf(codes[at] ?? 0);
      if (slot !== last && slot !== NONE) found[place++] = slot;
      last = slot;
    }
    places[index + 1] = place;
  }
  return { slots: found.subarray(0, place), starts: places };
}

function slotsOfEach(ordinals: Uint32Array, slotsOf: (ordinal: number) => number[]): DocumentSlots {
  const starts = new Uint32Array(ordinals.length + 1);
  const found: number[] = [];
  for (let index = 0; index < ordinals.length; index++) {
    // A document may hold very many values, so they are not looked for among those before.
    for (const slot of new Set(slotsOf(ordinals[index] ?? 0))) {
      if (slot !== NONE) found.push(slot);
    }
    starts[index + 1] = found.length;
  }
  return { slots: Int32Array.from(found), starts };
}

function slotOfBucket(slots: Slots, bucket: FacetValue | undefined): number {
  return bucket === undefined ? NONE : slots.of(bucket);
}

function codeSlots(
  column: Column,
  ordinals: Uint32Array,
  slots: Slots,
  bucketOf: BucketOf,
): (code: number) => number {
  const { table } = column;
  if (table.kind === "raw" || !isMemorable(table, ordinals.length)) {
    return (code) => (isMissing(table, code) ? NONE : slotOfBucket(slots, bucketOf(valueOf(table, code))));
  }
  const memo = new Int32Array(table.size + 1).fill(NONE);
  const counts = countCodes(column, table.size, ordinals);
  for (let code = 1; code <= table.size; code++) {
    if (counts[code] !== 0) memo[code] = slotOfBucket(slots, bucketOf(table.at(code)));
  }
  return (code) => memo[code] ?? NONE;
}

/** How often documents hold each code; at 0, those that hold none. */
export function countCodes(column: Column, size: number, ordinals: Uint32Array): Uint32Array {
  const { codes, starts } = column;
  const counts = new Uint32Array(size + 1);
  for (let index = 0; index < ordinals.length; index++) {
    const ordinal = ordinals[index] ?? 0;
    const to = starts === undefined ? ordinal + 1 : (starts[ordinal + 1] ?? 0);
    for (let at = starts === undefined ? ordinal : (starts[ordinal] ?? 0); at < to; at++) {
      const code = codes[at] ?? 0;
      counts[code] = (counts[code] ?? 0) + 1;
    }
  }
  return counts;
}
