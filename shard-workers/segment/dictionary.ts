/**
 * A field's sorted terms in one segment: blocks of terms, each without what it shares with its predecessor, and an
 * index of the blocks' first terms, in one part, that is searched by halving.
 */
import { ByteReader, ByteWriter, compareToRange, sharedLength } from "./bytes.ts";
import type { Part } from "./column-contract.ts";
import { DICTIONARY_BLOCK_TERMS } from "./limits.ts";
import { StreamReader, StreamWriter, type SegmentParts } from "./parts.ts";
import type { TermEntry } from "./postings-writer.ts";

/** What the index says of a block, in 32-bit words: where it is, its length, and its first term's addresses. */
const INDEX_WORDS = 4;

export class DictionaryWriter {
  /** Bytes of the index so far: a segment's must fit a row. */
  indexBytes = 0;
  terms = 0;
  private readonly name: string;
  private readonly emit: (part: Part) => void;
  private readonly out: StreamWriter;
  private readonly block = new ByteWriter(4096);
  private readonly keys = new ByteWriter(4096);
  private readonly keyEnds: number[] = [];
  private readonly places: number[] = [];
  private readonly previous = new ByteWriter(256);
  private previousPostings = 0;
  private inBlock = 0;

  constructor(name: string, emit: (part: Part) => void) {
    this.name = name;
    this.emit = emit;
    this.out = new StreamWriter(`${name}/terms`, emit);
  }

  /** Terms come in rising order of their bytes; the writer keeps none of the arrays. */
  add(term: Uint8Array, entry: TermEntry): void {
    if (this.inBlock === DICTIONARY_BLOCK_TERMS) this.closeBlock();
    if (this.inBlock === 0) this.openBlock(term, entry);
    const shared = this.inBlock === 0 ? 0 : this.previous.sharedWith(term);
    this.block.varint(shared);
    this.block.varint(term.length - shared);
    this.block.range(term, shared, term.length);
    this.block.varint(entry.documents);
    this.block.varint(entry.postings - this.previousPostings);
    this.block.varint(entry.positionsBytes);
    this.previous.clear();
    this.previous.range(term, 0, term.length);
    this.previousPostings = entry.postings;
    this.inBlock += 1;
    this.terms += 1;
  }

  finish(): void {
    if (this.inBlock > 0) this.closeBlock();
    this.out.finish();
    const count = this.keyEnds.length;
    const words = Uint32Array.from([count, ...this.keyEnds, ...this.places]);
    const bytes = new Uint8Array(words.byteLength + this.keys.length);
    bytes.set(new Uint8Array(words.buffer));
    bytes.set(this.keys.view(), words.byteLength);
    this.emit({ name: `${this.name}/index`, bytes });
  }

  private openBlock(term: Uint8Array, entry: TermEntry): void {
    this.keys.bytes(term);
    this.keyEnds.push(this.keys.length);
    // The block's own place and length are known when it is closed.
    this.places.push(0, 0, entry.postings, entry.positions);
    this.previousPostings = entry.postings;
    this.indexBytes += term.length + 4 * (INDEX_WORDS + 1);
  }

  private closeBlock(): void {
    const at = this.places.length - INDEX_WORDS;
    this.places[at] = this.out.whole(this.block);
    this.places[at + 1] = this.block.length;
    this.block.clear();
    this.inBlock = 0;
  }
}

export class Dictionary {
  private readonly parts: SegmentParts;
  private readonly indexName: string;
  private readonly blocks: StreamReader;

  constructor(parts: SegmentParts, name: string) {
    this.parts = parts;
    this.indexName = `${name}/index`;
    this.blocks = new StreamReader(parts, `${name}/terms`);
  }

  find(term: Uint8Array): TermEntry | undefined {
    const walk = this.from(term);
    return walk.next() && walk.isAt(term) ? { ...walk.entry } : undefined;
  }

  /** The terms that begin with these bytes, in order. */
  *withPrefix(prefix: Uint8Array): Generator<TermEntry> {
    const walk = this.from(prefix);
    while (walk.next() && sharedLength(prefix, walk.term) === prefix.length) yield { ...walk.entry };
  }

  /** A walk over all terms. */
  all(): DictionaryWalk {
    return new DictionaryWalk(this.index(), this.blocks, 0);
  }

  /** A walk whose next term is the first that is not before the given one. */
  private from(term: Uint8Array): DictionaryWalk {
    const index = this.index();
    const walk = new DictionaryWalk(index, this.blocks, index.blockOf(term));
    walk.skipBefore(term);
    return walk;
  }

  private index(): DictionaryIndex {
    return new DictionaryIndex(this.parts.need(this.indexName));
  }
}

/** The blocks' first terms and places. */
class DictionaryIndex {
  readonly count: number;
  private readonly words: Uint32Array;
  private readonly bytes: Uint8Array;
  private readonly keysAt: number;

  constructor(bytes: Uint8Array) {
    const words = bytes.length >> 2;
    this.words = new Uint32Array(bytes.buffer, bytes.byteOffset, words);
    this.bytes = bytes;
    this.count = this.words[0] ?? 0;
    this.keysAt = 4 * (1 + this.count * (1 + INDEX_WORDS));
  }

  place(block: number, word: number): number {
    return this.words[1 + this.count + block * INDEX_WORDS + word] ?? 0;
  }

  /** The last block whose first term is not after the given one, or the first block. */
  blockOf(term: Uint8Array): number {
    let low = 0;
    let high = this.count - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      const from = this.keysAt + (this.words[middle] ?? 0);
      const to = this.keysAt + (this.words[middle + 1] ?? 0);
      if (compareToRange(term, this.bytes, from, to) >= 0) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

/** Walks terms forward. `term` and `entry` are good until the next step. */
export class DictionaryWalk {
  readonly entry: TermEntry = { documents: 0, postings: 0, positions: 0, positionsBytes: 0 };
  private readonly index: DictionaryIndex;
  private readonly blocks: StreamReader;
  private block: number;
  private reader: ByteReader | undefined;
  private buffer = new Uint8Array(64);
  private length = 0;
  /** A term that was read ahead. */
  private held = false;

  constructor(index: DictionaryIndex, blocks: StreamReader, block: number) {
    this.index = index;
    this.blocks = blocks;
    this.block = block;
  }

  get term(): Uint8Array {
    return this.buffer.subarray(0, this.length);
  }

  isAt(term: Uint8Array): boolean {
    return compareToRange(term, this.buffer, 0, this.length) === 0;
  }

  next(): boolean {
    if (this.held) {
      this.held = false;
      return true;
    }
    while (this.reader === undefined || this.reader.done) {
      if (this.block >= this.index.count) return false;
      this.openBlock();
    }
    this.readTerm(this.reader);
    return true;
  }

  /** Goes on to before the first term that is not before the given one. */
  skipBefore(term: Uint8Array): void {
    while (this.next()) {
      if (compareToRange(term, this.buffer, 0, this.length) <= 0) {
        this.held = true;
        return;
      }
    }
  }

  private openBlock(): void {
    const { block, index } = this;
    this.reader = new ByteReader(this.blocks.read(index.place(block, 0), index.place(block, 1)));
    this.entry.postings = index.place(block, 2);
    this.entry.positions = index.place(block, 3);
    this.entry.positionsBytes = 0;
    this.block += 1;
  }

  private readTerm(reader: ByteReader): void {
    const shared = reader.varint();
    const added = reader.varint();
    const length = shared + added;
    if (length > this.buffer.length) {
      const larger = new Uint8Array(length * 2);
      larger.set(this.buffer);
      this.buffer = larger;
    }
    reader.copy(this.buffer, shared, length);
    this.length = length;
    this.entry.positions += this.entry.positionsBytes;
    this.entry.documents = reader.varint();
    this.entry.postings += reader.varint();
    this.entry.positionsBytes = reader.varint();
  }
}
