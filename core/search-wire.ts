/**
 * A search on its way to a branch, to a leaf and back, as JSON text: a scatter makes many small calls, and cloning a nested
 * object costs several times what writing and reading its JSON does (`npm run bench:scatter`). Answers that JSON has no form
 * for, or that are large, are cloned.
 */
import type { CollectionRef, SearchPartial, SearchPlan } from "./contracts/search.ts";
import type { ReadOptions } from "./contracts/read-options.ts";
import type { SlotSpan } from "./slots.ts";

/** Documents in an answer, in UTF-16 units, beyond which writing them as text within a text would cost more than it spares. */
const TEXT_DOCUMENTS_MAX = 16 * 1024;

/** What a branch is asked. */
export interface BranchQuestion {
  ref: CollectionRef;
  shards: number[];
  plan: SearchPlan;
  deadlineMs: number;
}

/** What all leaves of a branch are asked: written once. */
export interface LeafQuestion {
  ref: CollectionRef;
  plan: SearchPlan;
}

/** What one of them is told beside. */
export interface LeafErrand extends ReadOptions {
  shard: number;
  /** Only documents of these slots count; absent: all. */
  slots?: SlotSpan;
}

export type Packed<T> = string | T;

/** An answer, whose partial this is, if it has one. */
export function packAnswer<T extends object>(answer: T, partial: SearchPartial | undefined): Packed<T> {
  if (partial !== undefined) {
    // Facets and aggregations have maps and bytes.
    if (partial.facets.length > 0 || partial.aggregations.length > 0) return answer;
    const units = partial.hits.reduce((sum, { document }) => sum + (document?.length ?? 0), 0);
    if (units > TEXT_DOCUMENTS_MAX) return answer;
  }
  return JSON.stringify(answer);
}

export function unpackAnswer<T extends object>(packed: Packed<T>): T {
  return typeof packed === "string" ? (JSON.parse(packed) as T) : packed; // `packAnswer`'s writing
}
