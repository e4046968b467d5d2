/** Sets of ordinals as bits. */
import { bitmapWords, type Bitmap } from "./column-contract.ts";

export function hasBit(bits: Bitmap, ordinal: number): boolean {
  return ((bits[ordinal >>> 5] ?? 0) & (1 << (ordinal & 31))) !== 0;
}

export function setBit(bits: Bitmap, ordinal: number): void {
  const word = ordinal >>> 5;
  bits[word] = (bits[word] ?? 0) | (1 << (ordinal & 31));
}

/** Sets the bits of all ordinals below `documents`, and clears those above. */
export function setAll(bits: Bitmap, documents: number): void {
  const words = bitmapWords(documents);
  bits.fill(0xffff_ffff, 0, words);
  if ((documents & 31) !== 0) bits[words - 1] = (1 << (documents & 31)) - 1;
  bits.fill(0, words);
}

export function countBits(bits: Bitmap, words = bits.length): number {
  let count = 0;
  for (let word = 0; word < words; word++) {
    let value = bits[word] ?? 0;
    if (value === 0) continue;
    value -= (value >>> 1) & 0x5555_5555;
    value = (value & 0x3333_3333) + ((value >>> 2) & 0x3333_3333);
    count += Math.imul((value + (value >>> 4)) & 0x0f0f_0f0f, 0x0101_0101) >>> 24;
  }
  return count;
}

/** Whether any bit is set between two ordinals, both included. */
export function anyBetween(bits: Bitmap, first: number, last: number): boolean {
  const from = first >>> 5;
  const to = last >>> 5;
  const lowMask = -1 << (first & 31);
  const highMask = -1 >>> (31 - (last & 31));
  if (from === to) return ((bits[from] ?? 0) & lowMask & highMask) !== 0;
  if (((bits[from] ?? 0) & lowMask) !== 0) return true;
  for (let word = from + 1; word < to; word++) if ((bits[word] ?? 0) !== 0) return true;
  return ((bits[to] ?? 0) & highMask) !== 0;
}

/** The ordinals of a set, rising. */
export function* ordinalsOf(bits: Bitmap, words = bits.length): Generator<number> {
  for (let word = 0; word < words; word++) {
    for (let value = bits[word] ?? 0; value !== 0; value &= value - 1) yield lowestBit(word, value);
  }
}

/** The ordinal of the lowest set bit of a word. */
export function lowestBit(word: number, value: number): number {
  return (word << 5) + 31 - Math.clz32(value & -value);
}
