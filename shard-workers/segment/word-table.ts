/**
 * The words that a segment's documents are written in. A text is a row of tokens, words (letters and digits) and what
 * stands between them; a single space between two words goes without saying. The tokens that a sample of the documents
 * holds more than once have codes, of one byte for the most frequent; others are written out. Against deflate over
 * blocks of 16 KB this takes about a quarter less room, decodes one document without its neighbours, and is copied by
 * a merge code by code.
 */
import { ByteReader, ByteWriter } from "./bytes.ts";
import { ByteStrings, HASH_FACTOR, HASH_START, hashBytes } from "./byte-strings.ts";
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

/** Which bytes of UTF-8 are part of a word. */
const IS_WORD = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte >= 128 || /[A-Za-z0-9]/.test(String.fromCharCode(byte)) ? 1 : 0,
);

/** Takes one token: bytes of a text, and FNV-1a of them. */
interface TokenSink {
  token(bytes: Uint8Array, from: number, to: number, hash: number): void;
}

/** Hands out each token of a text, but for spaces that go without saying. */
function scanTokens(bytes: Uint8Array, sink: TokenSink): void {
  const end = bytes.length;
  let afterWord = false;
  for (let from = 0; from < end;) {
    const isWord = IS_WORD[bytes[from] as number] === 1; // in bounds, as all below
    let hash = HASH_START;
    let to = from;
    do hash = Math.imul(hash ^ (bytes[to++] as number), HASH_FACTOR);
    while (to < end && (IS_WORD[bytes[to] as number] === 1) === isWord);
    const implied = !isWord && to - from === 1 && afterWord && to < end && bytes[from] === 32;
    if (!implied) sink.token(bytes, from, to, hash);
    afterWord = isWord;
    from = to;
  }
}

/** How often each token occurs in a sample of texts. */
export class TokenCounts implements TokenSink {
  readonly tokens = new ByteStrings();
  private counts = new Uint32Array(1024);

  add(text: Uint8Array): void {
    scanTokens(text, this);
  }

  token(bytes: Uint8Array, from: number, to: number, hash: number): void {
    if (to - from > WORD_BYTES_MAX) return;
    const token = this.tokens.add(bytes, from, to, hash);
    if (token === this.counts.length) {
      const larger = new Uint32Array(2 * token);
      larger.set(this.counts);
      this.counts = larger;
    }
    this.counts[token] = (this.counts[token] as number) + 1; // in bounds
  }

  /** The tokens that occur at least so often, the most frequent first. */
  frequent(countMin: number): number[] {
    const { counts } = this;
    return Array.from({ length: this.tokens.size }, (_, token) => token)
      .filter((token) => (counts[token] ?? 0) >= countMin)
      .toSorted((a, b) => (counts[b] ?? 0) - (counts[a] ?? 0));
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

  /** The UTF-8 of a code's token. */
  word(code: number): Uint8Array {
    return this.bytes.subarray(code === 0 ? 0 : (this.ends[code - 1] ?? 0), this.ends[code] ?? 0);
  }

  /** The text that was encoded into these bytes. */
  decode(encoded: Uint8Array, scratch: ByteWriter): string {
    return decoder.decode(this.decodeBytes(encoded, scratch));
  }

  /** Its UTF-8; the bytes are the scratch's. */
  decodeBytes(encoded: Uint8Array, scratch: ByteWriter): Uint8Array {
    scratch.clear();
    this.decodeInto(encoded, scratch);
    return scratch.view();
  }

  /** Appends its UTF-8. */
  decodeInto(encoded: Uint8Array, out: ByteWriter): void {
    const { bytes, ends } = this;
    const reader = new ByteReader(encoded);
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
      const isWord = IS_WORD[source[from] ?? 0] === 1;
      if (afterWord && isWord) out.byte(32);
      out.range(source, from, to);
      afterWord = isWord;
    }
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

/** Writes a segment's documents in the codes of its table. */
export class WordEncoder implements TokenSink {
  readonly table: WordTable;
  /** The tokens by code. */
  private readonly codes = new ByteStrings();
  private writer = new ByteWriter(0);

  /** From how often tokens occur in a sample of the documents; those that occur less often than `countMin` are left out. */
  constructor(counts: TokenCounts, countMin: number) {
    const ends: number[] = [];
    const bytes = new ByteWriter(4096);
    for (const token of counts.frequent(countMin)) {
      const word = counts.tokens.keyOf(token);
      if (ends.length === WORD_TABLE_MAX || bytes.length + word.length > WORD_TABLE_BYTES_MAX) break;
      this.codes.add(word, 0, word.length, hashBytes(word, 0, word.length));
      bytes.bytes(word);
      ends.push(bytes.length);
    }
    this.table = new WordTable(bytes.copy(), Uint32Array.from(ends));
  }

  encode(text: string, writer: ByteWriter): void {
    this.encodeBytes(encoder.encode(text), writer);
  }

  /** For each code of another table this one's, or -1. */
  translation(other: WordTable): Int32Array {
    return Int32Array.from({ length: other.size }, (_, code) => {
      const word = other.word(code);
      return this.codes.find(word, 0, word.length, hashBytes(word, 0, word.length));
    });
  }

  /** Writes what another table encoded in this one's codes. */
  transcode(encoded: Uint8Array, other: WordTable, translation: Int32Array, writer: ByteWriter): void {
    const reader = new ByteReader(encoded);
    if (other.size === 0) {
      // Without a table a text is one token.
      readCode(reader);
      this.encodeBytes(reader.bytes(reader.varint()), writer);
      return;
    }
    this.writer = writer;
    while (!reader.done) {
      const code = readCode(reader);
      const own = code < 0 ? -1 : (translation[code] ?? -1);
      if (own >= 0) {
        writeCode(own, writer);
        continue;
      }
      const length = code < 0 ? reader.varint() : 0;
      const word = code < 0 ? encoded : other.word(code);
      const from = code < 0 ? reader.at : 0;
      const to = code < 0 ? from + length : word.length;
      if (code < 0) reader.at = to;
      this.token(word, from, to, hashBytes(word, from, to));
    }
  }

  token(bytes: Uint8Array, from: number, to: number, hash: number): void {
    const code = this.codes.find(bytes, from, to, hash);
    if (code >= 0) writeCode(code, this.writer);
    else writeLiteral(bytes, from, to, this.writer);
  }

  private encodeBytes(text: Uint8Array, writer: ByteWriter): void {
    if (text.length === 0) return;
    this.writer = writer;
    if (this.codes.size === 0) writeLiteral(text, 0, text.length, writer);
    else scanTokens(text, this);
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

function writeLiteral(bytes: Uint8Array, from: number, to: number, writer: ByteWriter): void {
  writer.byte(LITERAL);
  writer.varint(to - from);
  writer.range(bytes, from, to);
}
