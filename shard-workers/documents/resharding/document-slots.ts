/**
 * The slots of a leaf's documents, by their place. A resharding goes over all ids of a leaf once for each new shard that takes
 * from it; their hashes are made once a segment, which does not change.
 */
import { slotOf } from "../../../core/slots.ts";
import type { Searchable } from "../../segment/searchable.ts";

/** Two bytes a document, for as long as the segment is open. */
const known = new WeakMap<object, Uint16Array>();

/** A test for whether a document is in one of some slots: in those with a number other than 0. */
export function inSlots<C>(slots: Uint8Array): (segment: Searchable<C>, ordinal: number) => boolean {
  return (segment, ordinal) => slots[slotAt(segment, ordinal)] !== 0;
}

function slotAt<C>(segment: Searchable<C>, ordinal: number): number {
  // The live segment grows, and is small.
  if (segment.stored === undefined) return slotOf(segment.idOf(ordinal));
  let all = known.get(segment);
  if (all === undefined) {
    all = Uint16Array.from({ length: segment.documents }, (_, at) => slotOf(segment.idOf(at)));
    known.set(segment, all);
  }
  return all[ordinal] ?? 0;
}
