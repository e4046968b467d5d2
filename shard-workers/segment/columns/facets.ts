/** Facets over a segment: documents by value, bucket or range. */
import type { FieldType } from "../../../core/collection.ts";
import {
  intervalOf,
  rangeOf,
  type CalendarInterval,
  type Counts,
  type FacetRequest,
  type FacetValue,
} from "../../../core/query/facets.ts";
import { hasCutTexts, type ColumnView } from "./column.ts";
import { countCodes, documentSlots, isMemorable, Slots, type BucketOf } from "./slots.ts";

/** Counts one facet, segment after segment. */
export class FacetCounter {
  private readonly request: FacetRequest;
  private readonly slots = new Slots();
  private readonly counts: number[] = [];

  constructor(request: FacetRequest) {
    this.request = request;
  }

  /** Counts the documents with these ordinals. Each counts once for a value or bucket, however often it holds it. */
  add(view: ColumnView, ordinals: Uint32Array): void {
    const column = view.columns.column(this.request.field);
    if (column === undefined) return;
    const bucketOf = bucketFunction(this.request, column.type);
    const { table, starts } = column;
    if (
      starts === undefined &&
      table.kind !== "raw" &&
      isMemorable(table, ordinals.length) &&
      !hasCutTexts(table)
    ) {
      const counts = countCodes(column, table.size, ordinals);
      for (let code = 1; code <= table.size; code++) {
        const documents = counts[code] ?? 0;
        const bucket = documents === 0 ? undefined : bucketOf(table.at(code));
        if (bucket !== undefined) this.count(this.slots.of(bucket), documents);
      }
      return;
    }
    const { slots } = documentSlots(view, this.request.field, ordinals, this.slots, bucketOf);
    const counts = new Uint32Array(this.slots.values.length);
    for (let index = 0; index < slots.length; index++) {
      const slot = slots[index] ?? -1;
      if (slot >= 0) counts[slot] = (counts[slot] ?? 0) + 1;
    }
    for (const [slot, documents] of counts.entries()) this.count(slot, documents);
  }

  result(): Counts {
    return new Map(this.slots.values.map((value, slot) => [value, this.counts[slot] ?? 0]));
  }

  private count(slot: number, documents: number): void {
    this.counts[slot] = (this.counts[slot] ?? 0) + documents;
  }
}

/** What a value counts as: itself, a date as ISO 8601; or the interval or range that it is in. */
function bucketFunction(request: FacetRequest, type: FieldType): BucketOf {
  switch (request.kind) {
    case "values":
      return type === "date" ? isoDate : (value) => value;
    case "ranges":
      return (value) => (typeof value === "number" ? rangeOf(request.ranges, value) : undefined);
    case "interval": {
      const { interval } = request;
      if (typeof interval === "string") return calendarFunction(interval);
      return (value) => (typeof value === "number" ? intervalOf(interval, value) : undefined);
    }
  }
}

export function isoDate(value: FacetValue): string {
  return new Date(Number(value)).toISOString();
}

const DAY_MS = 86_400_000;

/** Every calendar interval is made of days in UTC, and texts are made once an interval. */
function calendarFunction(interval: CalendarInterval): BucketOf {
  const buckets = new Map<number, FacetValue>();
  return (value) => {
    if (typeof value !== "number") return undefined;
    // A Date drops the fraction of a millisecond, towards 1970.
    const day = Math.floor(Math.trunc(value) / DAY_MS);
    const key = interval === "day" ? day : monthOf(day, interval);
    const known = buckets.get(key);
    if (known !== undefined) return known;
    const bucket = intervalOf(interval, value);
    buckets.set(key, bucket);
    return bucket;
  };
}

/**
 * A number for the year or month of a day: Hinnant's "chrono-compatible low-level date algorithms", civil_from_days,
 * where a year begins in March.
 */
function monthOf(day: number, interval: "year" | "month"): number {
  const shifted = day + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1_460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const months = (era * 400 + yearOfEra) * 12 + monthFromMarch + 2;
  return interval === "month" ? months : Math.floor(months / 12);
}
