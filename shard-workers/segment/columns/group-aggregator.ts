/**
 * An aggregation by groups. Groups are counted first, and then the largest are summarized: with a group a document,
 * summaries of all would be many times what is answered.
 */
import type { AggregationRequest } from "../../../core/query/aggregation-request.ts";
import { groupsMax, type AggregationPartial } from "../../../core/query/aggregations.ts";
import type { FacetValue } from "../../../core/query/facets.ts";
import { largestCounts } from "../../../core/query/largest.ts";
import { createSummarizer, type Summarizer } from "../../../core/query/summarizers.ts";
import { precisionOf } from "../../../core/query/summaries.ts";
import { codesFrom, codesTo, hasCutTexts, type Column, type ColumnView } from "./column.ts";
import { addValues, countValues, numbersOf, type DocumentNumbers } from "./document-values.ts";
import { documentSlots, Slots, type BucketOf, type DocumentSlots } from "./slots.ts";

interface Added {
  view: ColumnView;
  ordinals: Uint32Array;
  groups: DocumentSlots;
}

export class GroupAggregator {
  private readonly request: AggregationRequest;
  private readonly by: string;
  private readonly groupOf: BucketOf;
  private readonly slots = new Slots();
  /** Values by slot. */
  private readonly counts: number[] = [];
  private readonly added: Added[] = [];

  constructor(request: AggregationRequest, by: string, groupOf: BucketOf) {
    this.request = request;
    this.by = by;
    this.groupOf = groupOf;
  }

  add(view: ColumnView, ordinals: Uint32Array): void {
    const column = view.columns.column(this.request.field);
    if (column === undefined) return;
    const groups = documentSlots(view, this.by, ordinals, this.slots, this.groupOf);
    const counts = new Float64Array(this.slots.values.length);
    const valueCounts = countValues(column, ordinals);
    for (let index = 0; index < ordinals.length; index++) {
      const values = valueCounts[index] ?? 0;
      const to = slotsTo(groups, index);
      for (let at = slotsFrom(groups, index); at < to; at++) {
        const slot = groups.slots[at] ?? 0;
        counts[slot] = (counts[slot] ?? 0) + values;
      }
    }
    for (const [slot, values] of counts.entries()) this.counts[slot] = (this.counts[slot] ?? 0) + values;
    this.added.push({ view, ordinals, groups });
  }

  result(): AggregationPartial {
    const { kind } = this.request;
    const counts = new Map<FacetValue, number>();
    for (const [slot, group] of this.slots.values.entries()) {
      const values = this.counts[slot] ?? 0;
      if (values > 0) counts.set(group, values);
    }
    const largest = largestCounts(counts, groupsMax(kind));
    const summarizers: (Summarizer | undefined)[] = this.slots.values.map(() => undefined);
    for (const [group, values] of largest.counts) {
      const summarizer = createSummarizer(kind, precisionOf(true));
      if (kind === "count") summarizer.add(0, values);
      summarizers[this.slots.of(group)] = summarizer;
    }
    if (kind !== "count") for (const added of this.added) this.summarize(added, summarizers);
    const groups: Extract<AggregationPartial, { groups: unknown }>["groups"] = new Map();
    for (const [slot, summarizer] of summarizers.entries()) {
      const group = this.slots.values[slot];
      if (summarizer !== undefined && group !== undefined) groups.set(group, summarizer.summary());
    }
    return { groups, errorBound: largest.errorBound };
  }

  private summarize(
    { view, ordinals, groups }: Added,
    summarizers: readonly (Summarizer | undefined)[],
  ): void {
    const column = view.columns.column(this.request.field);
    if (column === undefined) return;
    const numbers = numbersOf(column, ordinals);
    if (numbers !== undefined) {
      addByGroup(numbers, groups, summarizers);
      return;
    }
    if (addCounted(column, ordinals, groups, summarizers)) return;
    addValues(view, this.request.field, column, ordinals, (index) =>
      Array.from(groups.slots.subarray(slotsFrom(groups, index), slotsTo(groups, index))).flatMap(
        (slot) => summarizers[slot] ?? [],
      ),
    );
  }
}

/** Pairs of group and code that are counted in an array: 4 MB of it. */
const PAIRS_MAX = 2 ** 20;

/** Counts pairs of group and code, and gives each group its values with their counts. False: there are too many. */
function addCounted(
  column: Column,
  ordinals: Uint32Array,
  groups: DocumentSlots,
  summarizers: readonly (Summarizer | undefined)[],
): boolean {
  const { table, codes } = column;
  if (table.kind === "raw" || hasCutTexts(table)) return false;
  const width = table.size + 1;
  if (summarizers.length * width > PAIRS_MAX) return false;
  const counts = new Uint32Array(summarizers.length * width);
  for (let index = 0; index < ordinals.length; index++) {
    const ordinal = ordinals[index] ?? 0;
    const slotEnd = slotsTo(groups, index);
    for (let slot = slotsFrom(groups, index); slot < slotEnd; slot++) {
      const row = (groups.slots[slot] ?? 0) * width;
      const to = codesTo(column, ordinal);
      for (let at = codesFrom(column, ordinal); at < to; at++) {
        const pair = row + (codes[at] ?? 0);
        counts[pair] = (counts[pair] ?? 0) + 1;
      }
    }
  }
  for (const [slot, summarizer] of summarizers.entries()) {
    if (summarizer === undefined) continue;
    for (let code = 1; code < width; code++) {
      const times = counts[slot * width + code] ?? 0;
      if (times > 0) summarizer.add(table.at(code), times);
    }
  }
  return true;
}

/** Sorts the numbers by their group, and gives each group its own at once. */
function addByGroup(
  { numbers, starts }: DocumentNumbers,
  groups: DocumentSlots,
  summarizers: readonly (Summarizer | undefined)[],
): void {
  const documents = groups.starts === undefined ? groups.slots.length : groups.starts.length - 1;
  const valuesOf = (index: number): number =>
    starts === undefined ? 1 : (starts[index + 1] ?? 0) - (starts[index] ?? 0);
  // Where each group's numbers begin, and later where its next one goes.
  const places = new Uint32Array(summarizers.length + 1);
  for (let index = 0; index < documents; index++) {
    const to = slotsTo(groups, index);
    for (let at = slotsFrom(groups, index); at < to; at++) {
      const next = (groups.slots[at] ?? 0) + 1;
      places[next] = (places[next] ?? 0) + valuesOf(index);
    }
  }
  for (let slot = 1; slot < places.length; slot++)
    places[slot] = (places[slot] ?? 0) + (places[slot - 1] ?? 0);
  const bounds = places.slice();
  const sorted = new Float64Array(places.at(-1) ?? 0);
  for (let index = 0; index < documents; index++) {
    const from = starts === undefined ? index : (starts[index] ?? 0);
    const to = slotsTo(groups, index);
    for (let at = slotsFrom(groups, index); at < to; at++) {
      const slot = groups.slots[at] ?? 0;
      let place = places[slot] ?? 0;
      for (let value = from; value < from + valuesOf(index); value++)
        sorted[place++] = numbers[value] ?? Number.NaN;
      places[slot] = place;
    }
  }
  for (const [slot, summarizer] of summarizers.entries()) {
    summarizer?.addNumbers(sorted.subarray(bounds[slot] ?? 0, bounds[slot + 1] ?? 0));
  }
}

function slotsFrom({ starts }: DocumentSlots, index: number): number {
  return starts === undefined ? index : (starts[index] ?? 0);
}

/** A document without a group has no slots. */
function slotsTo({ slots, starts }: DocumentSlots, index: number): number {
  if (starts !== undefined) return starts[index + 1] ?? 0;
  return (slots[index] ?? 0) < 0 ? index : index + 1;
}
