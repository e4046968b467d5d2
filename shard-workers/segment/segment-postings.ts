/** Postings of an immutable segment, decoded block by block from the stream that postings-writer.ts describes. */
import type { ByteWriter } from "./bytes.ts";
import { BLOCK_POSTINGS, IMPACTS_MAX, POSITIONS_MAX } from "./limits.ts";
import { unpackOrdinals, unpackPlusOne, WIDTHS } from "./packing.ts";
import { CHUNK_BYTES, type StreamReader } from "./parts.ts";
import type { PackedFrequencies, Postings } from "./postings.ts";
import type { TermEntry } from "./postings-writer.ts";

const NO_IMPACTS = new Uint32Array(0);
const NOTHING: Uint8Array = new Uint8Array(0);

export class SegmentPostings implements Postings {
  documents: number;
  count = 0;
  first = 0;
  last = 0;
  readonly ordinals: Uint16Array;
  readonly frequencies: Uint32Array;
  impacts = 0;
  readonly impactFrequencies: Uint32Array;
  readonly impactLengths: Uint32Array;

  private entry: TermEntry;
  private readonly postings: StreamReader;
  private readonly positions: StreamReader;
  private readonly segmentDocuments: number;
  private chunk = NOTHING;
  private chunkIndex = -1;
  /** Where in the chunk the block's packed integers begin, and its frequencies; and where the next block does. */
  private body = 0;
  private frequenciesAt = 0;
  private nextBlock = 0;
  private widths = 0;
  private remaining = 0;
  private previous = -1;
  private blockPositions = 0;
  private blockPositionsBytes = 0;
  /** The block's positions, read when the first is asked for, and how far they were walked. */
  private positionsBytes: Uint8Array | undefined;
  private positionsIndex = 0;
  private positionsAt = 0;

  /** `room`: postings of a block that there is to be room for. */
  constructor(
    entry: TermEntry,
    postings: StreamReader,
    positions: StreamReader,
    segmentDocuments: number,
    room = Math.min(entry.documents, BLOCK_POSTINGS),
  ) {
    this.entry = entry;
    this.documents = entry.documents;
    this.postings = postings;
    this.positions = positions;
    this.segmentDocuments = segmentDocuments;
    this.ordinals = new Uint16Array(room);
    this.frequencies = new Uint32Array(room);
    this.impactFrequencies = room < BLOCK_POSTINGS ? NO_IMPACTS : new Uint32Array(IMPACTS_MAX);
    this.impactLengths = room < BLOCK_POSTINGS ? NO_IMPACTS : new Uint32Array(IMPACTS_MAX);
    this.restart();
  }

  /** Goes to another term; for postings with room for a whole block. */
  reopen(entry: TermEntry): void {
    this.entry = entry;
    this.documents = entry.documents;
    this.restart();
  }

  restart(): void {
    this.remaining = this.entry.documents;
    this.count = 0;
    this.previous = -1;
    this.blockPositions = this.entry.positions;
    this.blockPositionsBytes = 0;
    this.goTo(this.entry.postings);
  }

  next(): boolean {
    if (this.remaining === 0) return false;
    let { chunk } = this;
    let at = this.nextBlock;
    if (at >= chunk.length || chunk[at] === 0) {
      this.goTo((this.chunkIndex + 1) * CHUNK_BYTES);
      ({ chunk } = this);
      at = 0;
    }
    this.widths = chunk[at++] ?? 0;
    this.count = Math.min(this.remaining, BLOCK_POSTINGS);
    this.remaining -= this.count;
    this.blockPositions += this.blockPositionsBytes;
    this.positionsBytes = undefined;
    this.nextBlock = at;
    this.first = this.previous + 1 + this.varint();
    if (this.documents > BLOCK_POSTINGS) this.readSkip();
    else {
      this.last = this.count === 1 ? this.first : this.segmentDocuments - 1;
      this.blockPositionsBytes = this.entry.positionsBytes;
      this.impacts = 0;
      this.body = this.nextBlock;
    }
    return true;
  }

  decodeOrdinals(): void {
    this.frequenciesAt = unpackOrdinals(
      this.chunk,
      this.body,
      this.count,
      this.widths & 7,
      this.first,
      this.ordinals,
    );
  }

  packedFrequencies(): PackedFrequencies | undefined {
    const bits = WIDTHS[(this.widths >>> 3) & 7];
    return bits === undefined ? undefined : { source: this.chunk, at: this.frequenciesAt, bits };
  }

  decodeFrequencies(): void {
    unpackPlusOne(this.chunk, this.frequenciesAt, this.count, (this.widths >>> 3) & 7, this.frequencies);
  }

  readPositions(index: number, into: Uint32Array): number {
    const bytes = this.walkTo(index);
    const count = Math.min(this.frequencies[index] ?? 0, POSITIONS_MAX);
    let position = 0;
    let at = this.positionsAt;
    for (let read = 0; read < count; read++) {
      let byte = bytes[at++] as number; // in bounds, as whoever packed saw to
      let gap = byte & 0x7f;
      for (let shift = 7; byte >= 0x80; shift += 7) {
        byte = bytes[at++] as number;
        gap |= (byte & 0x7f) << shift;
      }
      position += gap;
      into[read] = position;
    }
    this.positionsAt = at;
    this.positionsIndex = index + 1;
    return count;
  }

  copyPositions(index: number, writer: ByteWriter): void {
    const bytes = this.walkTo(index);
    const from = this.positionsAt;
    this.positionsAt = skipVarints(bytes, from, Math.min(this.frequencies[index] ?? 0, POSITIONS_MAX));
    this.positionsIndex = index + 1;
    writer.range(bytes, from, this.positionsAt);
  }

  private goTo(address: number): void {
    const index = Math.floor(address / CHUNK_BYTES);
    if (index !== this.chunkIndex) {
      this.chunk = this.postings.chunk(index);
      this.chunkIndex = index;
    }
    this.nextBlock = address - index * CHUNK_BYTES;
  }

  private readSkip(): void {
    this.last = this.first + this.varint();
    const bodyBytes = this.varint();
    this.blockPositionsBytes = this.varint();
    this.impacts = this.chunk[this.nextBlock++] ?? 0;
    for (let index = 0; index < this.impacts; index++) {
      this.impactFrequencies[index] = this.varint();
      this.impactLengths[index] = this.varint();
    }
    this.body = this.nextBlock;
    this.nextBlock = this.body + bodyBytes;
    this.previous = this.last;
  }

  private varint(): number {
    let byte = this.chunk[this.nextBlock++] ?? 0;
    let value = byte & 0x7f;
    for (let shift = 7; byte >= 0x80; shift += 7) {
      byte = this.chunk[this.nextBlock++] ?? 0;
      value |= (byte & 0x7f) << shift;
    }
    return value;
  }

  /** The block's positions, with `positionsAt` at those of a posting. */
  private walkTo(index: number): Uint8Array {
    if (this.positionsBytes === undefined) {
      this.positionsBytes = this.positions.read(this.blockPositions, this.blockPositionsBytes);
      this.positionsIndex = 0;
      this.positionsAt = 0;
    }
    for (; this.positionsIndex < index; this.positionsIndex++) {
      const count = Math.min(this.frequencies[this.positionsIndex] ?? 0, POSITIONS_MAX);
      this.positionsAt = skipVarints(this.positionsBytes, this.positionsAt, count);
    }
    return this.positionsBytes;
  }
}

function skipVarints(bytes: Uint8Array, from: number, count: number): number {
  let at = from;
  for (let skipped = 0; skipped < count; at++) {
    if ((bytes[at] as number) < 0x80) skipped++; // in bounds
  }
  return at;
}
