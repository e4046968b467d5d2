/**
 * The words that a segment's documents are written in. A text is a row of tokens, words (letters and digits) and what
 * stands between them; a single space between two words goes without saying. The tokens that a sample of the documents
 * holds more than once have codes, of one byte for the most frequent; others are written out. Against deflate over
 * blocks of 16 KB this takes about a quarter less room, decodes one document without its neighbours, and is copied by
 * a merge code by code.
 */
import { ByteReader, ByteWriter } from "./bytes.ts";
import type { Part } from "./column-contract.ts";
import { bytesOf, numbersOf } from "./ids.ts";
import { WORD_BYTES_MAX, WORD_TABLE_BYTES_MAX, WORD_TABLE_MAX } from "./limits.ts";
import type { SegmentParts } from "./parts.ts";

/** Codes below this are one byte; then two bytes from each first byte up to `THREE`; then three; `LITERAL` is no code. */
const TWO = 192;
const THREE = 248;
const LITERAL = 255;
const TWO_BYTE_CODES = (THREE - TWO) * 256;

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: false, ignoreBOM: true });

/** Whether a UTF-16 unit, or a byte of UTF-8, is part of a word. */
function isWordUnit(unit: number): boolean {
  return (
    (unit >= 97 && unit <= 122) || unit >= 128 || (unit >= 48 && unit <= 57) || (unit >= 65 && unit <= 90)
  );
}

/** Calls for each token of a text, but for spaces that go without saying. */
export function eachToken(text: string, visit: (token: string) => void): void {
  let from = 0;
  let afterWord = false;
  while (from < text.length) {
    const isWord = isWordUnit(text.charCodeAt(from));
    let to = from + 1;
    while (to < text.length && isWordUnit(text.charCodeAt(to)) === isWord) to++;
    const implied =
      !isWord && to - from === 1 && afterWord && to < text.length && text.charCodeAt(from) === 32;
    if (!implied) visit(text.slice(from, to));
    afterWord = isWord;
    from = to;
  }
}

/** The tokens of a table in the order of their codes. */
export class WordTable {
  private readonly bytes: Uint8Array;
  private readonly ends: Uint32Array;

  constructor(bytes: Uint8Array, ends: Uint32Array) {
    this.bytes = bytes;
    this.ends = ends;
  }

  static open(parts: SegmentParts): WordTable {
    return new WordTable(parts.need("words"), numbersOf(parts.need("word-ends")));
  }

  get size(): number {
    return this.ends.length;
  }

  parts(): Part[] {
    return [
      { name: "words", bytes: this.bytes },
      { name: "word-ends", bytes: bytesOf(this.ends) },
    ];
  }

  word(code: number): string {
    return decoder.decode(this.bytes.subarray(this.start(code), this.ends[code] ?? 0));
  }

  /** The text that was encoded into these bytes. */
  decode(encoded: Uint8Array, scratch: ByteWriter): string {
    const { bytes, ends } = this;
    const reader = new ByteReader(encoded);
    scratch.clear();
    let afterWord = false;
    while (!reader.done) {
      const code = readCode(reader);
      let source = bytes;
      let from = 0;
      let to = 0;
      if (code < 0) {
        const length = reader.varint();
        source = encoded;
        from = reader.at;
        to = from + length;
        reader.at = to;
      } else {
        from = code === 0 ? 0 : (ends[code - 1] ?? 0);
        to = ends[code] ?? 0;
      }
      const isWord = isWordUnit(source[from] ?? 0);
      if (afterWord && isWord) scratch.byte(32);
      scratch.range(source, from, to);
      afterWord = isWord;
    }
    return decoder.decode(scratch.view());
  }

  private start(code: number): number {
    return code === 0 ? 0 : (this.ends[code - 1] ?? 0);
  }
}

/** A code, or -1 for a token that is written out behind it. */
function readCode(reader: ByteReader): number {
  const first = reader.byte();
  if (first < TWO) return first;
  if (first < THREE) return TWO + (first - TWO) * 256 + reader.byte();
  if (first === LITERAL) return -1;
  return TWO + TWO_BYTE_CODES + (first - THREE) * 65_536 + reader.byte() * 256 + reader.byte();
}

/** Finds the codes of a segment that is being written. */
export class WordEncoder {
  readonly table: WordTable;
  private readonly codes = new Map<string, number>();

  /** From how often tokens occur in a sample of the documents; those that occur less often than `countMin` are left out. */
  constructor(counts: ReadonlyMap<string, number>, countMin: number) {
    const frequent = [...counts].filter(([, count]) => count >= countMin).toSorted((a, b) => b[1] - a[1]);
    const ends: number[] = [];
    const bytes: Uint8Array[] = [];
    let length = 0;
    for (const [word] of frequent) {
      if (ends.length === WORD_TABLE_MAX) break;
      const encoded = encoder.encode(word);
      if (encoded.length > WORD_BYTES_MAX || length + encoded.length > WORD_TABLE_BYTES_MAX) continue;
      this.codes.set(word, ends.length);
      bytes.push(encoded);
      length += encoded.length;
      ends.push(length);
    }
    const joined = new Uint8Array(length);
    bytes.forEach((piece, code) => joined.set(piece, (ends[code] ?? 0) - piece.length));
    this.table = new WordTable(joined, Uint32Array.from(ends));
  }

  encode(text: string, writer: ByteWriter): void {
    // Without a table a text is one token.
    if (this.codes.size === 0) writeLiteral(encoder.encode(text), writer);
    else eachToken(text, (token) => this.writeToken(token, writer));
  }

  /** For each code of another table this one's, or -1. */
  translation(other: WordTable): Int32Array {
    return Int32Array.from({ length: other.size }, (_, code) => this.codes.get(other.word(code)) ?? -1);
  }

  /** Writes what another table encoded in this one's codes. */
  transcode(encoded: Uint8Array, other: WordTable, translation: Int32Array, writer: ByteWriter): void {
    if (other.size === 0) {
      this.encode(other.decode(encoded, new ByteWriter(encoded.length)), writer);
      return;
    }
    const reader = new ByteReader(encoded);
    while (!reader.done) {
      const code = readCode(reader);
      if (code >= 0) {
        const own = translation[code] ?? -1;
        if (own >= 0) writeCode(own, writer);
        else this.writeToken(other.word(code), writer);
        continue;
      }
      const bytes = reader.bytes(reader.varint());
      if (bytes.length > WORD_BYTES_MAX) writeLiteral(bytes, writer);
      else this.writeToken(decoder.decode(bytes), writer);
    }
  }

  private writeToken(token: string, writer: ByteWriter): void {
    const code = this.codes.get(token);
    if (code !== undefined) writeCode(code, writer);
    else if (!writeAscii(token, writer)) writeLiteral(encoder.encode(token), writer);
  }
}

function writeCode(code: number, writer: ByteWriter): void {
  if (code < TWO) {
    writer.byte(code);
    return;
  }
  const long = code - TWO;
  if (long < TWO_BYTE_CODES) {
    writer.byte(TWO + (long >>> 8));
    writer.byte(long & 0xff);
    return;
  }
  const longer = long - TWO_BYTE_CODES;
  writer.byte(THREE + (longer >>> 16));
  writer.byte((longer >>> 8) & 0xff);
  writer.byte(longer & 0xff);
}

function writeLiteral(bytes: Uint8Array, writer: ByteWriter): void {
  writer.byte(LITERAL);
  writer.varint(bytes.length);
  writer.bytes(bytes);
}

/** `writeLiteral` without an encoder's call, which costs more than a short token; false: it is not ASCII. */
function writeAscii(token: string, writer: ByteWriter): boolean {
  for (let at = 0; at < token.length; at++) if (token.charCodeAt(at) >= 128) return false;
  writer.byte(LITERAL);
  writer.varint(token.length);
  writer.text(token);
  return true;
}
