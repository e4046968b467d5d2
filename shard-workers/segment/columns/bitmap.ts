/** Set operations on bitmaps, word by word: 32 documents at a time. */
import { countBits, setAll } from "../bitmap.ts";
import { bitmapWords, type Bitmap } from "../column-contract.ts";

export function emptyBitmap(documents: number): Bitmap {
  return new Uint32Array(bitmapWords(documents));
}

export function fullBitmap(documents: number): Bitmap {
  const bitmap = emptyBitmap(documents);
  setAll(bitmap, documents);
  return bitmap;
}

/** Those of both. */
export function intersection(a: Bitmap, b: Bitmap): Bitmap {
  return a.map((word, index) => word & (b[index] ?? 0));
}

/** Those of either. */
export function union(a: Bitmap, b: Bitmap): Bitmap {
  return a.map((word, index) => word | (b[index] ?? 0));
}

/** Those of exactly one. */
export function symmetricDifference(a: Bitmap, b: Bitmap): Bitmap {
  return a.map((word, index) => word ^ (b[index] ?? 0));
}

/** Those of `a` that are not in `b`. */
export function difference(a: Bitmap, b: Bitmap): Bitmap {
  return a.map((word, index) => word & ~(b[index] ?? 0));
}

export function isEmpty(bitmap: Bitmap): boolean {
  for (const word of bitmap) if (word !== 0) return false;
  return true;
}

/** The ordinals in the bitmap, rising. */
export function ordinalsOf(bitmap: Bitmap): Uint32Array {
  const ordinals = new Uint32Array(countBits(bitmap));
  let at = 0;
  for (let index = 0; index < bitmap.length; index++) {
    for (let word = bitmap[index] ?? 0; word !== 0; word &= word - 1) {
      ordinals[at++] = index * 32 + 31 - Math.clz32(word & -word);
    }
  }
  return ordinals;
}
