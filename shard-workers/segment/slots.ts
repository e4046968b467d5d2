/**
 * The slots of a segment's documents (core/slots.ts): a range of them is the same documents on every leaf that holds a copy, whatever its
 * segments are. Hashed once, when a segment is written: a search over a range reads two bytes a document.
 */
import { slotOf, type SlotSpan } from "../../core/slots.ts";
import { bitmapWords, type Bitmap } from "./column-contract.ts";

export const SLOTS_PART = "slots";

/** Of the documents of a segment that grows. */
export class GrowingSlots {
  private slots = new Uint16Array(64);
  private known = 0;

  /** Of all documents so far. */
  upTo(documents: number, idOf: (ordinal: number) => string): Uint16Array {
    if (documents > this.slots.length) {
      const larger = new Uint16Array(Math.max(documents, 2 * this.slots.length));
      larger.set(this.slots.subarray(0, this.known));
      this.slots = larger;
    }
    for (; this.known < documents; this.known++) this.slots[this.known] = slotOf(idOf(this.known));
    return this.slots;
  }
}

/** The documents in a range of slots; deleted ones may be among them. */
export function documentsInSlots(
  segment: { documents: number; slots(): Uint16Array },
  { from, to }: SlotSpan,
): Bitmap {
  const { documents } = segment;
  const slots = segment.slots();
  const bits = new Uint32Array(bitmapWords(documents));
  for (let ordinal = 0; ordinal < documents; ordinal++) {
    const slot = slots[ordinal] ?? 0;
    if (slot >= from && slot < to) bits[ordinal >>> 5] = (bits[ordinal >>> 5] ?? 0) | (1 << (ordinal & 31));
  }
  return bits;
}
