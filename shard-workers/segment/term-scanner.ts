/**
 * Analysis for the live segment: a text becomes the numbers of its terms. What a term is, core/analysis says; here its
 * answer is remembered by word, as bytes, so that nearly every word of a text costs one look into a table.
 *
 * A text may be cut at any ASCII character that is no letter, digit or apostrophe: no word reaches across one, and what a
 * word becomes does not depend on its neighbours. So it is cut there, and each piece is analysed by itself.
 */
import { analyzeTerms } from "../../core/analysis/analyze.ts";
import type { Language } from "../../core/analysis/stem.ts";
import { cutTerm } from "./analysis.ts";
import { ByteStrings, HASH_FACTOR, HASH_START, hashBytes } from "./byte-strings.ts";
import { ByteWriter } from "./bytes.ts";
import { SCANNED_TERMS_MAX } from "./limits.ts";
import { TermOrder } from "./term-order.ts";

const SEPARATOR = 0;
const LETTER = 1;
const APOSTROPHE = 2;
const WIDE = 3;

/** What each byte of UTF-8 is. */
const KINDS = Uint8Array.from({ length: 256 }, (_, byte) => {
  if (byte >= 0x80) return WIDE;
  return /[A-Za-z0-9]/.test(String.fromCharCode(byte)) ? LETTER : byte === 0x27 ? APOSTROPHE : SEPARATOR;
});

/** Longer pieces are analysed each time: they are rare, and nothing would bound the table. */
const REMEMBERED_BYTES_MAX = 48;

/** A piece that becomes no term. */
const NOTHING = -1;

/** Most texts of a field fit; for a longer one room is made and given back. */
const SCRATCH_BYTES = 64 * 1024;

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const scratch = new Uint8Array(SCRATCH_BYTES);
const termBytes = new ByteWriter(256);

export class TermScanner {
  /** The terms by number, in the manner of `encodeText`. */
  readonly terms = new ByteStrings();
  readonly order = new TermOrder(this.terms);
  /** The numbers of the terms that `scan` has met since `clear`. */
  found = new Int32Array(256);
  count = 0;
  private readonly language: Language | undefined;
  private readonly pieces = new ByteStrings();
  /** What each remembered piece becomes: a term's number, or `NOTHING`. */
  private pieceTerms = new Int32Array(1024);

  constructor(language: Language | undefined) {
    this.language = language;
  }

  clear(): void {
    this.count = 0;
  }

  /** Whether it has met so many words that the next live segment had better begin with a new one. */
  get full(): boolean {
    return this.pieces.size > SCANNED_TERMS_MAX || this.terms.size > SCANNED_TERMS_MAX;
  }

  /** The number of a term, or -1. */
  numberOf(term: string): number {
    termBytes.clear();
    termBytes.text(term);
    const bytes = termBytes.view();
    return this.terms.find(bytes, 0, bytes.length, hashBytes(bytes, 0, bytes.length));
  }

  /** Appends the numbers of a text's terms to `found`. */
  scan(text: string): void {
    const bytes = 3 * text.length <= SCRATCH_BYTES ? scratch : new Uint8Array(3 * text.length);
    const end = encoder.encodeInto(text, bytes).written;
    for (let at = 0; at < end;) {
      const kind = KINDS[bytes[at] as number]; // in bounds
      if (kind === LETTER || kind === WIDE) at = this.scanPiece(bytes, at, end);
      else at += 1;
    }
  }

  /** Takes the piece that begins at `start`, and returns the place behind it. */
  private scanPiece(bytes: Uint8Array, start: number, end: number): number {
    let hash = HASH_START;
    let at = start;
    for (; at < end; at++) {
      const byte = bytes[at] as number; // in bounds
      if (KINDS[byte] === SEPARATOR) break;
      hash = Math.imul(hash ^ byte, HASH_FACTOR);
    }
    const piece = at - start <= REMEMBERED_BYTES_MAX ? this.pieces.find(bytes, start, at, hash) : -1;
    if (piece < 0) this.analyse(bytes, start, at, hash);
    else {
      const term = this.pieceTerms[piece] as number; // a piece that was remembered
      if (term !== NOTHING) this.push(term);
    }
    return at;
  }

  private analyse(bytes: Uint8Array, start: number, end: number, hash: number): void {
    const terms = analyzeTerms(decoder.decode(bytes.subarray(start, end)), this.language);
    for (const term of terms) this.push(this.addTerm(cutTerm(term)));
    if (terms.length > 1 || end - start > REMEMBERED_BYTES_MAX) return;
    const piece = this.pieces.add(bytes, start, end, hash);
    if (piece === this.pieceTerms.length) this.pieceTerms = doubled(this.pieceTerms);
    this.pieceTerms[piece] = terms.length === 0 ? NOTHING : (this.found[this.count - 1] ?? NOTHING);
  }

  /** The number of a term, new if it has not been met. */
  addTerm(term: string): number {
    termBytes.clear();
    termBytes.text(term);
    const bytes = termBytes.view();
    return this.terms.add(bytes, 0, bytes.length, hashBytes(bytes, 0, bytes.length));
  }

  private push(term: number): void {
    if (this.count === this.found.length) this.found = doubled(this.found);
    this.found[this.count++] = term;
  }
}

function doubled(old: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const grown = new Int32Array(2 * old.length);
  grown.set(old);
  return grown;
}
