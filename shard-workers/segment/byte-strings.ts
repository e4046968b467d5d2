/**
 * Numbers for byte strings, from 0 in the order in which they were met: an open-addressing hash table whose keys lie one
 * after another in one buffer. Looking a word up allocates nothing and makes no JavaScript string, which is what the
 * indexing of a document would otherwise spend most of its time on.
 */

import { compareToRange } from "./bytes.ts";

/** FNV-1a (Fowler, Noll, Vo), 32 bits; whoever scans bytes anyway computes it as they go. */
export const HASH_START = 0x811c_9dc5 | 0;
export const HASH_FACTOR = 0x0100_0193;

/** Slots in the smallest table; there are always at least twice as many as keys. */
const SLOTS_MIN = 1024;

export class ByteStrings {
  /** How many there are: the next one's number. */
  size = 0;
  /** Two words a slot, side by side, so that one look serves both: a key's number plus 1 (0 is free), and its hash. */
  private slots = new Int32Array(2 * SLOTS_MIN);
  /** Where each key ends; it begins where its predecessor ends. */
  private ends = new Uint32Array(SLOTS_MIN / 2 + 1);
  private bytes = new Uint8Array(8 * SLOTS_MIN);

  /** The number of a key, or -1. `hash` is FNV-1a of its bytes. */
  find(source: Uint8Array, from: number, to: number, hash: number): number {
    const { slots } = this;
    const mask = slots.length - 1;
    for (let at = (2 * spread(hash)) & mask; ; at = (at + 2) & mask) {
      const number = (slots[at] as number) - 1; // in bounds, as the others below: a default would box the numbers
      if (number < 0 || (slots[at + 1] === hash && this.equals(number, source, from, to))) return number;
    }
  }

  /** The number of a key, new if it is not there. */
  add(source: Uint8Array, from: number, to: number, hash: number): number {
    const known = this.find(source, from, to, hash);
    if (known >= 0) return known;
    if (4 * (this.size + 1) > this.slots.length) this.grow();
    const number = this.size++;
    const start = this.ends[number] ?? 0;
    const end = start + to - from;
    if (end > this.bytes.length) {
      const larger = new Uint8Array(Math.max(2 * this.bytes.length, end));
      larger.set(this.bytes);
      this.bytes = larger;
    }
    for (let at = from; at < to; at++) this.bytes[start + at - from] = source[at] as number;
    this.ends[number + 1] = end;
    place(this.slots, number, hash);
    return number;
  }

  /** A key's bytes, good until the next `add`. */
  keyOf(number: number): Uint8Array {
    return this.bytes.subarray(this.ends[number] ?? 0, this.ends[number + 1] ?? 0);
  }

  /** Whether a key begins with these bytes. */
  startsWith(number: number, prefix: Uint8Array): boolean {
    const start = this.ends[number] as number; // in bounds, as the bytes are
    if ((this.ends[number + 1] as number) - start < prefix.length) return false;
    for (let at = 0; at < prefix.length; at++) if (this.bytes[start + at] !== prefix[at]) return false;
    return true;
  }

  /** Whether a key comes before these bytes. */
  isBefore(number: number, other: Uint8Array): boolean {
    const key = this.keyOf(number);
    return compareToRange(key, other, 0, other.length) < 0;
  }

  /** Negative when one key comes before another in the order of bytes. */
  compare(a: number, b: number): number {
    const { bytes, ends } = this;
    const [startA, endA] = [ends[a] ?? 0, ends[a + 1] ?? 0];
    const [startB, endB] = [ends[b] ?? 0, ends[b + 1] ?? 0];
    const shared = Math.min(endA - startA, endB - startB);
    for (let at = 0; at < shared; at++) {
      const difference = (bytes[startA + at] as number) - (bytes[startB + at] as number); // in bounds
      if (difference !== 0) return difference;
    }
    return endA - startA - (endB - startB);
  }

  /** The first four bytes as a number that rises with the keys. */
  prefixOf(number: number): number {
    const start = this.ends[number] ?? 0;
    const end = this.ends[number + 1] ?? 0;
    let prefix = 0;
    for (let at = start; at < start + 4; at++) prefix = prefix * 256 + (at < end ? (this.bytes[at] ?? 0) : 0);
    return prefix;
  }

  private equals(number: number, source: Uint8Array, from: number, to: number): boolean {
    const start = this.ends[number] as number;
    const length = to - from;
    if ((this.ends[number + 1] as number) - start !== length) return false;
    const { bytes } = this;
    for (let at = 0; at < length; at++) if (bytes[start + at] !== source[from + at]) return false;
    return true;
  }

  private grow(): void {
    const old = this.slots;
    this.slots = new Int32Array(2 * old.length);
    for (let at = 0; at < old.length; at += 2) {
      const number = (old[at] as number) - 1;
      if (number >= 0) place(this.slots, number, old[at + 1] as number);
    }
    const ends = new Uint32Array(this.slots.length / 4 + 1);
    ends.set(this.ends);
    this.ends = ends;
  }
}

function place(slots: Int32Array, number: number, hash: number): void {
  const mask = slots.length - 1;
  let at = (2 * spread(hash)) & mask;
  while (slots[at] !== 0) at = (at + 2) & mask;
  slots[at] = number + 1;
  slots[at + 1] = hash;
}

/** FNV's low bits say little of the last bytes' high bits. */
function spread(hash: number): number {
  return hash ^ (hash >>> 15);
}

/** FNV-1a of some bytes. */
export function hashBytes(source: Uint8Array, from: number, to: number): number {
  let hash = HASH_START;
  for (let at = from; at < to; at++) hash = Math.imul(hash ^ (source[at] as number), HASH_FACTOR);
  return hash;
}
