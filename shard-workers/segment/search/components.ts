/** What hits' scores are made of, as core/query/components.ts has it. */
import type { MatchPlan } from "../../../core/contracts/search.ts";
import { anyBetween, hasBit, setBit } from "../bitmap.ts";
import { bitmapWords, type Bitmap } from "../column-contract.ts";
import type { Postings } from "../postings.ts";
import type { Searchable } from "../searchable.ts";
import { matchClauses } from "./clauses.ts";
import { resetScratch } from "./scratch.ts";

/** The components of documents, in their order. */
export function componentsOf<C>(
  documents: readonly { segment: Searchable<C>; ordinal: number }[],
  plan: MatchPlan,
): number[][] {
  if (documents.length === 0) return [];
  const fields = plan.searched.length;
  const found = documents.map(({ segment, ordinal }) => ({
    segment,
    ordinal,
    components: plan.searched.map(({ field }) => segment.field(field)?.lengths[ordinal] ?? 0),
  }));
  try {
    for (const [segment, own] of Map.groupBy(found, (document) => document.segment)) {
      const wanted: Bitmap = new Uint32Array(bitmapWords(segment.documents));
      const byOrdinal = new Map(own.map(({ ordinal, components }) => [ordinal, components]));
      for (const { ordinal } of own) setBit(wanted, ordinal);
      for (const match of matchClauses(segment, plan)) {
        if (match.occur === "not") continue;
        for (const { field, postings } of match.fields) {
          for (const [ordinal, frequency] of within(postings, wanted)) {
            byOrdinal.get(ordinal)?.push(match.clause * fields + field, frequency);
          }
        }
      }
    }
  } catch (error) {
    resetScratch();
    throw error;
  }
  return found.map(({ components }) => components);
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
