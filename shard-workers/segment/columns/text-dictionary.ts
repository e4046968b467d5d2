/**
 * A text table as it is stored: entries in blocks, front coded (how many bytes are shared with the entry before, and
 * the rest), and blocks in pieces, so that only what a query looks at is read and decoded.
 */
import { ByteReader, ByteWriter, encodeText, sharedLength, decodeText } from "../bytes.ts";
import type { Part, PartReader } from "../column-contract.ts";
import { hasBit } from "../bitmap.ts";
import { BLOCK_ENTRIES, type TextEntry, type TextTable } from "./text-table.ts";
import { asArray, bytesOf, readPart } from "./typed-bytes.ts";

/** Half of what the engine caches as one. A block of the longest keywords has 96 KB. */
const PIECE_BYTES = 128 * 1024;

/** Decoded entries that a table keeps for the time of a call: about 2 MB of short texts. */
const DECODED_BLOCKS_MAX = 512;

/** What a reader has to know. Plain data. */
export interface DictionaryMeta {
  size: number;
  unitsMax: number;
  anyCut: boolean;
  /** The first block of each piece. */
  pieces: number[];
}

/** Takes entries in their order, each once. */
export class DictionaryWriter {
  private readonly name: string;
  private readonly unitsMax: number;
  private readonly piece = new ByteWriter(PIECE_BYTES);
  private readonly pieces: number[] = [0];
  /** Where each block begins in its piece. */
  private readonly offsets: number[] = [];
  private readonly cut: number[] = [];
  private size = 0;
  private before: Uint8Array = new Uint8Array();

  constructor(name: string, unitsMax: number) {
    this.name = name;
    this.unitsMax = unitsMax;
  }

  /** Yields a piece when one is full. The entry's code is the number of entries so far. */
  *add(entry: TextEntry): Generator<Part, void> {
    const first = this.size % BLOCK_ENTRIES === 0;
    if (first && this.piece.length >= PIECE_BYTES) {
      yield this.takePiece();
      this.pieces.push(this.offsets.length);
    }
    if (first) this.offsets.push(this.piece.length);
    this.size++;
    const bytes = encodeText(entry.text);
    const shared = first ? 0 : sharedLength(this.before, bytes);
    this.piece.varint(shared);
    this.piece.varint(bytes.length - shared);
    this.piece.range(bytes, shared, bytes.length);
    this.before = bytes;
    if (entry.cut) this.cut.push(this.size);
  }

  /** The rest of the parts. */
  *finish(): Generator<Part, DictionaryMeta> {
    yield this.takePiece();
    yield { name: `${this.name}/blocks`, bytes: bytesOf(Uint32Array.from(this.offsets)) };
    if (this.cut.length > 0) {
      const bits = new Uint32Array((this.size >>> 5) + 1);
      for (const code of this.cut) bits[code >>> 5] = (bits[code >>> 5] ?? 0) | (1 << (code & 31));
      yield { name: `${this.name}/cut`, bytes: bytesOf(bits) };
    }
    return { size: this.size, unitsMax: this.unitsMax, anyCut: this.cut.length > 0, pieces: this.pieces };
  }

  private takePiece(): Part {
    const bytes = this.piece.copy();
    this.piece.clear();
    return { name: pieceName(this.name, this.pieces.length - 1), bytes };
  }
}

/** A stored table, for the time of a call. */
export class DictionaryReader implements TextTable {
  readonly kind = "texts";
  readonly size: number;
  readonly unitsMax: number;
  readonly anyCut: boolean;
  private readonly name: string;
  private readonly parts: PartReader;
  private readonly pieces: readonly number[];
  private readonly offsets: Uint32Array;
  private readonly cut: Uint32Array | undefined;
  private readonly decoded = new Map<number, string[]>();
  /** A block's entries, one after the other. */
  private scratch = new Uint8Array(1_024);

  constructor(name: string, meta: DictionaryMeta, parts: PartReader) {
    this.name = name;
    this.parts = parts;
    this.size = meta.size;
    this.unitsMax = meta.unitsMax;
    this.anyCut = meta.anyCut;
    this.pieces = meta.pieces;
    this.offsets = asArray(readPart(parts, `${name}/blocks`), Uint32Array);
    this.cut = meta.anyCut ? asArray(readPart(parts, `${name}/cut`), Uint32Array) : undefined;
  }

  at(code: number): string {
    const block = Math.floor((code - 1) / BLOCK_ENTRIES);
    const entry = (code - 1) % BLOCK_ENTRIES;
    const decoded = this.decoded.get(block);
    if (decoded !== undefined) return decoded[entry] ?? "";
    // A search over the blocks looks at the first of each, which is stored whole.
    if (entry === 0) return this.decode(block, 1)[0] ?? "";
    const texts = this.decode(block, Math.min(BLOCK_ENTRIES, this.size - block * BLOCK_ENTRIES));
    if (this.decoded.size >= DECODED_BLOCKS_MAX) this.decoded.clear();
    this.decoded.set(block, texts);
    return texts[entry] ?? "";
  }

  isCut(code: number): boolean {
    return this.cut !== undefined && hasBit(this.cut, code);
  }

  private decode(block: number, entries: number): string[] {
    const piece = this.pieces.findLastIndex((first) => first <= block);
    const reader = new ByteReader(
      readPart(this.parts, pieceName(this.name, piece)),
      this.offsets[block] ?? 0,
    );
    const { source } = reader;
    const ends: number[] = [];
    let bytes = 0;
    let begin = 0;
    let high = 0;
    for (let entry = 0; entry < entries; entry++) {
      const shared = reader.varint();
      const rest = reader.varint();
      if (bytes + shared + rest > this.scratch.length) this.growScratch(bytes + shared + rest);
      const { scratch } = this;
      scratch.copyWithin(bytes, begin, begin + shared);
      begin = bytes;
      bytes += shared;
      for (const end = reader.at + rest; reader.at < end; reader.at++) {
        const byte = source[reader.at] ?? 0;
        high |= byte;
        scratch[bytes++] = byte;
      }
      ends.push(bytes);
    }
    if (high < 0x80) {
      // ASCII: one text for all, of which each entry is a part.
      const all = ASCII.decode(this.scratch.subarray(0, bytes));
      return ends.map((end, entry) => all.slice(ends[entry - 1] ?? 0, end));
    }
    return ends.map((end, entry) => decodeText(this.scratch, ends[entry - 1] ?? 0, end));
  }

  private growScratch(bytes: number): void {
    const larger = new Uint8Array(bytes * 2);
    larger.set(this.scratch);
    this.scratch = larger;
  }
}

const ASCII = new TextDecoder();

function pieceName(name: string, piece: number): string {
  return `${name}/texts.${piece}`;
}
