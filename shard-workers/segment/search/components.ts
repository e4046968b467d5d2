/** What a hit's score is made of, so that it can be scored again under other statistics. */
import type { MatchPlan } from "../../../core/contracts/search.ts";
import { anyBetween, hasBit, setBit } from "../bitmap.ts";
import { bitmapWords, SEGMENT_DOCUMENTS_MAX, type Bitmap } from "../column-contract.ts";
import type { Postings } from "../postings.ts";
import type { Searchable } from "../searchable.ts";
import { matchClauses } from "./clauses.ts";
import { resetScratch } from "./scratch.ts";

export interface Components {
  /** A clause each, in the plan's order: how often it occurs in each searched field. */
  frequencies: number[][];
  /** A searched field each: its length. */
  lengths: number[];
}

/** The components of documents, in their order. */
export function componentsOf<C>(
  documents: readonly { segment: Searchable<C>; ordinal: number }[],
  plan: MatchPlan,
): Components[] {
  const components = documents.map(({ segment, ordinal }) => ({
    frequencies: plan.clauses.map(() => plan.searched.map(() => 0)),
    lengths: plan.searched.map(({ field }) => segment.field(field)?.lengths[ordinal] ?? 0),
  }));
  const places = documents.map(({ segment, ordinal }, index) => ({ segment, ordinal, index }));
  try {
    for (const [segment, own] of Map.groupBy(places, (place) => place.segment)) {
      const wanted = new Uint32Array(bitmapWords(SEGMENT_DOCUMENTS_MAX));
      const indexes = new Map(own.map(({ ordinal, index }) => [ordinal, index]));
      for (const { ordinal } of own) setBit(wanted, ordinal);
      for (const { clause, fields } of matchClauses(segment, plan)) {
        for (const { field, postings } of fields) {
          for (const [ordinal, frequency] of within(postings, wanted)) {
            const row = components[indexes.get(ordinal) ?? -1]?.frequencies[clause];
            if (row !== undefined) row[field] = frequency;
          }
        }
      }
    }
  } catch (error) {
    resetScratch();
    throw error;
  }
  return components;
}

/** The postings of some documents. */
function* within(postings: Postings, wanted: Bitmap): Generator<[ordinal: number, frequency: number]> {
  postings.restart();
  while (postings.next()) {
    if (!anyBetween(wanted, postings.first, postings.last)) continue;
    postings.decodeOrdinals();
    postings.decodeFrequencies();
    for (let index = 0; index < postings.count; index++) {
      const ordinal = postings.ordinals[index] ?? 0;
      if (hasBit(wanted, ordinal)) yield [ordinal, postings.frequencies[index] ?? 0];
    }
  }
}
