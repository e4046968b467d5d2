/** Sets of codes, and the documents that have one of them. */
import { setBit } from "../bitmap.ts";
import { emptyBitmap } from "./bitmap.ts";
import type { Bitmap } from "../column-contract.ts";
import type { Codes, Column } from "./column.ts";

/** Codes in a range, ends included; codes with a 1 in a mask; codes in a list. None of them holds "no value". */
export type CodeSet =
  | { kind: "range"; from: number; to: number }
  | { kind: "mask"; mask: Uint8Array }
  | { kind: "list"; codes: ReadonlySet<number> };

export const NO_CODES: CodeSet = { kind: "range", from: 1, to: 0 };

/** The documents with at least one of the codes. */
export function documentsWith(column: Column, set: CodeSet): Bitmap {
  const { documents, codes, starts } = column;
  if (set.kind === "range" && set.from > set.to) return emptyBitmap(documents);
  if (starts !== undefined) return severalWith(column, starts, set);
  switch (set.kind) {
    case "range":
      return singleInRange(codes, documents, set.from, set.to);
    case "mask":
      return singleInMask(codes, documents, set.mask);
    case "list":
      return singleInList(codes, documents, set.codes);
  }
}

export function hasCode(set: CodeSet, code: number): boolean {
  switch (set.kind) {
    case "range":
      return code >= set.from && code <= set.to;
    case "mask":
      return set.mask[code] === 1;
    case "list":
      return set.codes.has(code);
  }
}

/** A word of 32 documents at a time, without a branch in the loop. */
function singleInRange(codes: Codes, documents: number, from: number, to: number): Bitmap {
  const bitmap = emptyBitmap(documents);
  for (let index = 0; index < bitmap.length; index++) {
    const first = index * 32;
    const end = Math.min(documents, first + 32);
    let word = 0;
    for (let ordinal = first; ordinal < end; ordinal++) {
      const code = codes[ordinal] ?? 0;
      word |= Number(code >= from && code <= to) << (ordinal & 31);
    }
    bitmap[index] = word;
  }
  return bitmap;
}

function singleInMask(codes: Codes, documents: number, mask: Uint8Array): Bitmap {
  const bitmap = emptyBitmap(documents);
  for (let index = 0; index < bitmap.length; index++) {
    const first = index * 32;
    const end = Math.min(documents, first + 32);
    let word = 0;
    for (let ordinal = first; ordinal < end; ordinal++) {
      word |= (mask[codes[ordinal] ?? 0] ?? 0) << (ordinal & 31);
    }
    bitmap[index] = word;
  }
  return bitmap;
}

function singleInList(codes: Codes, documents: number, list: ReadonlySet<number>): Bitmap {
  const bitmap = emptyBitmap(documents);
  for (let ordinal = 0; ordinal < documents; ordinal++) {
    if (list.has(codes[ordinal] ?? 0)) setBit(bitmap, ordinal);
  }
  return bitmap;
}

function severalWith({ documents, codes }: Column, starts: Uint32Array, set: CodeSet): Bitmap {
  const bitmap = emptyBitmap(documents);
  let at = 0;
  for (let ordinal = 0; ordinal < documents; ordinal++) {
    const end = starts[ordinal + 1] ?? 0;
    for (; at < end; at++) {
      if (hasCode(set, codes[at] ?? 0)) {
        setBit(bitmap, ordinal);
        break;
      }
    }
    at = end;
  }
  return bitmap;
}
