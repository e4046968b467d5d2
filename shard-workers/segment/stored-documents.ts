/**
 * Documents as they were given, in the words of their segment's table (word-table.ts), several to a block. One is read
 * without its neighbours.
 */
import { ByteReader, ByteWriter } from "./bytes.ts";
import type { Part } from "./column-contract.ts";
import { bytesOf, numbersOf } from "./ids.ts";
import { DOCUMENT_BLOCK_BYTES, WORD_SAMPLE_TEXT } from "./limits.ts";
import { StreamReader, StreamWriter, type SegmentParts } from "./parts.ts";
import { TokenCounts, WordEncoder, WordTable } from "./word-table.ts";

const encoder = new TextEncoder();

/** What the index says of a block: its first ordinal, its address, its length. */
const PLACE_WORDS = 3;

/** Documents from which a segment is written: texts, or what another segment has made of them. */
export interface DocumentSource {
  textOf(ordinal: number): string;
  stored?: DocumentReader;
}

/** Counts the tokens of a sample: every so manieth document, so that about `WORD_SAMPLE_TEXT` units are looked at. */
export class WordSampler {
  readonly counts = new TokenCounts();
  private readonly every: number;
  private seen = 0;

  constructor(text: number) {
    this.every = Math.max(1, Math.ceil(text / WORD_SAMPLE_TEXT));
  }

  /** In a small sample, a word that occurs once will occur again. */
  get countMin(): number {
    return this.every >= 4 ? 1 : 2;
  }

  /** Whether the next document is in the sample. */
  get wants(): boolean {
    return this.seen++ % this.every === 0;
  }

  add(source: DocumentSource, ordinal: number): void {
    this.counts.add(source.stored?.readBytes(ordinal) ?? encoder.encode(source.textOf(ordinal)));
  }
}

export class DocumentWriter {
  private readonly emit: (part: Part) => void;
  private readonly words: WordEncoder;
  private readonly out: StreamWriter;
  private readonly block = new ByteWriter(2 * DOCUMENT_BLOCK_BYTES);
  private readonly encoded = new ByteWriter(4096);
  private readonly translations = new Map<DocumentReader, Int32Array>();
  private readonly places: number[] = [];
  private first = 0;
  private next = 0;

  constructor(sample: WordSampler, emit: (part: Part) => void) {
    this.emit = emit;
    this.words = new WordEncoder(sample.counts, sample.countMin);
    this.out = new StreamWriter("documents", emit);
  }

  add(source: DocumentSource, ordinal: number): void {
    this.encoded.clear();
    const { stored } = source;
    if (stored === undefined) this.words.encode(source.textOf(ordinal), this.encoded);
    else
      this.words.transcode(stored.encoded(ordinal), stored.table, this.translationOf(stored), this.encoded);
    this.block.varint(this.encoded.length);
    this.block.append(this.encoded);
    this.next += 1;
    if (this.block.length >= DOCUMENT_BLOCK_BYTES) this.closeBlock();
  }

  finish(): void {
    if (this.block.length > 0) this.closeBlock();
    this.out.finish();
    this.emit({ name: "documents-places", bytes: bytesOf(Uint32Array.from(this.places)) });
    for (const part of this.words.table.parts()) this.emit(part);
  }

  private translationOf(stored: DocumentReader): Int32Array {
    let translation = this.translations.get(stored);
    if (translation === undefined) {
      translation = this.words.translation(stored.table);
      this.translations.set(stored, translation);
    }
    return translation;
  }

  private closeBlock(): void {
    const { length } = this.block;
    this.places.push(this.first, this.out.loose(this.block, length), length);
    this.first = this.next;
    this.block.clear();
  }
}

/** One for the isolate: a document is decoded into it before it becomes a text. */
const scratch = new ByteWriter(64 * 1024);

export class DocumentReader {
  private readonly parts: SegmentParts;
  private readonly blocks: StreamReader;

  constructor(parts: SegmentParts) {
    this.parts = parts;
    this.blocks = new StreamReader(parts, "documents");
  }

  /** Not to be kept: its bytes are the cache's. */
  get table(): WordTable {
    return WordTable.open(this.parts);
  }

  read(ordinal: number): string {
    return this.table.decode(this.encoded(ordinal), scratch);
  }

  /** Its UTF-8, good until another document is read. */
  readBytes(ordinal: number): Uint8Array {
    return this.table.decodeBytes(this.encoded(ordinal), scratch);
  }

  /** A walk through documents of rising ordinals. Good for one turn. */
  walk(): DocumentWalk {
    return new DocumentWalk(numbersOf(this.parts.need("documents-places")), this.blocks, this.table);
  }

  encoded(ordinal: number): Uint8Array {
    const places = numbersOf(this.parts.need("documents-places"));
    const at = blockOf(places, ordinal) * PLACE_WORDS;
    const reader = new ByteReader(this.blocks.read(places[at + 1] ?? 0, places[at + 2] ?? 0));
    for (let skipped = places[at] ?? 0; skipped < ordinal; skipped++) reader.bytes(reader.varint());
    return reader.bytes(reader.varint());
  }
}

/** Reads documents of rising ordinals: each block is opened once, and one in which none is wanted not at all. */
export class DocumentWalk {
  private readonly places: Uint32Array;
  private readonly blocks: StreamReader;
  private readonly table: WordTable;
  private reader = new ByteReader(new Uint8Array(0));
  /** The ordinal at which the reader stands, and the first of the next block. */
  private at = 0;
  private end = 0;

  constructor(places: Uint32Array, blocks: StreamReader, table: WordTable) {
    this.places = places;
    this.blocks = blocks;
    this.table = table;
  }

  /** Appends a document's UTF-8. Its ordinal is above that of the one before. */
  appendTo(out: ByteWriter, ordinal: number): void {
    if (ordinal >= this.end) this.open(ordinal);
    const { reader } = this;
    for (; this.at < ordinal; this.at++) {
      const length = reader.varint();
      reader.at += length;
    }
    this.table.decodeInto(reader.bytes(reader.varint()), out);
    this.at += 1;
  }

  private open(ordinal: number): void {
    const { places } = this;
    const block = blockOf(places, ordinal) * PLACE_WORDS;
    this.reader = new ByteReader(this.blocks.read(places[block + 1] ?? 0, places[block + 2] ?? 0));
    this.at = places[block] ?? 0;
    this.end = places[block + PLACE_WORDS] ?? Infinity;
  }
}

function blockOf(places: Uint32Array, ordinal: number): number {
  let low = 0;
  let high = places.length / PLACE_WORDS - 1;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if ((places[middle * PLACE_WORDS] ?? 0) <= ordinal) low = middle;
    else high = middle - 1;
  }
  return low;
}
