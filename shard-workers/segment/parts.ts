/** A segment's named parts, packed into BLOBs: small parts share one, large ones have their own. */
import type { ByteWriter } from "./bytes.ts";
import type { BlobCache, CacheSlot, SlotOwner } from "./cache.ts";
import type { Part, PartReader } from "./column-contract.ts";
import { BLOB_BYTES } from "./limits.ts";
import { CorruptError, seal, segmentKey, unseal, type SegmentStore } from "./store.ts";

/** Where a part lies: its BLOB, its first byte there, its length. */
export type PartPlace = [blob: number, offset: number, length: number];
export type PartDirectory = Record<string, PartPlace>;

/** BLOB 0 is the header; parts begin behind it. */
const FIRST_BLOB = 1;

const align = (offset: number): number => (offset + 7) & ~7;

/** Takes parts in any order and writes full BLOBs as it goes. */
export class PartWriter {
  readonly directory: PartDirectory = {};
  private readonly store: SegmentStore;
  private readonly segment: number;
  private readonly open = new Uint8Array(BLOB_BYTES);
  private openBytes = 0;
  private openBlob = FIRST_BLOB;
  private nextBlob = FIRST_BLOB + 1;
  /** Bytes written so far: what a step of a merge is measured by. */
  written = 0;

  constructor(store: SegmentStore, segment: number) {
    this.store = store;
    this.segment = segment;
  }

  add({ name, bytes }: Part): void {
    if (align(this.openBytes) + bytes.length > BLOB_BYTES) {
      if (bytes.length > BLOB_BYTES / 2) {
        this.directory[name] = [this.nextBlob, 0, bytes.length];
        this.write(this.nextBlob++, bytes);
        return;
      }
      this.closeBlob();
    }
    const offset = align(this.openBytes);
    this.open.set(bytes, offset);
    this.openBytes = offset + bytes.length;
    this.directory[name] = [this.openBlob, offset, bytes.length];
  }

  /** Writes what is left, and the header, which holds the directory. */
  finish(header: () => Uint8Array): void {
    if (this.openBytes > 0) this.closeBlob();
    this.write(0, header());
  }

  private closeBlob(): void {
    this.write(this.openBlob, this.open.subarray(0, this.openBytes));
    this.openBlob = this.nextBlob++;
    this.openBytes = 0;
  }

  private write(blob: number, bytes: Uint8Array): void {
    const key = segmentKey(this.segment, blob);
    this.store.write(key, seal(key, bytes));
    this.written += bytes.length;
  }
}

/** Reads a segment's parts through the cache. */
export class SegmentParts implements PartReader, SlotOwner {
  readonly segment: number;
  lent = false;
  private readonly store: SegmentStore;
  private readonly cache: BlobCache;
  private readonly directory: Map<string, PartPlace>;
  private readonly slots: CacheSlot[] = [];

  constructor(store: SegmentStore, segment: number, cache: BlobCache, directory: PartDirectory) {
    this.store = store;
    this.segment = segment;
    this.cache = cache;
    this.directory = new Map(Object.entries(directory));
  }

  read(name: string): Uint8Array | undefined {
    const place = this.directory.get(name);
    return place === undefined ? undefined : this.at(place);
  }

  /** A part that every segment of this kind has. */
  need(name: string): Uint8Array {
    return this.at(this.place(name));
  }

  /** Where a part is, for those who read it often. */
  place(name: string): PartPlace {
    const place = this.directory.get(name);
    if (place === undefined) throw new CorruptError(`segment ${this.segment}`);
    return place;
  }

  at([blob, offset, length]: PartPlace): Uint8Array {
    return this.blob(blob).subarray(offset, offset + length);
  }

  /** The segment is no more: its BLOBs leave the cache. */
  drop(): void {
    this.cache.drop(this.slots.filter(({ bytes }) => bytes !== undefined));
  }

  private blob(blob: number): Uint8Array {
    const slot = (this.slots[blob] ??= { bytes: undefined, used: false, owner: this });
    if (slot.bytes !== undefined) {
      slot.used = true;
      return slot.bytes;
    }
    const key = segmentKey(this.segment, blob);
    const bytes = unseal(key, this.store.read(key));
    this.cache.fill(slot, bytes);
    return bytes;
  }
}

/** Bytes of a stream's chunk: a part that fits a BLOB. */
export const CHUNK_BYTES = BLOB_BYTES - 64;

/**
 * A stream of bytes as parts `name/0`, `name/1` … An address is `chunk * CHUNK_BYTES + offset`. A piece that is
 * appended whole lies in one chunk, which may leave zeros at the end of the chunk before; a piece that is appended
 * loosely follows its predecessor, and may lie in several.
 */
export class StreamWriter {
  private readonly name: string;
  private readonly emit: (part: Part) => void;
  private readonly chunk = new Uint8Array(CHUNK_BYTES);
  private used = 0;
  private chunks = 0;

  constructor(name: string, emit: (part: Part) => void) {
    this.name = name;
    this.emit = emit;
  }

  /** The address of what is appended next, if it is loose or fits. */
  get address(): number {
    return this.chunks * CHUNK_BYTES + this.used;
  }

  /** Appends a piece of at most a chunk, and returns its address. */
  whole(piece: ByteWriter): number {
    if (this.used + piece.length > CHUNK_BYTES) this.flush(CHUNK_BYTES);
    const { address } = this;
    piece.copyTo(this.chunk, this.used, 0, piece.length);
    this.used += piece.length;
    return address;
  }

  /** Appends the first `length` bytes of a piece, which may be any number, and returns their address. */
  loose(piece: ByteWriter, length: number): number {
    const { address } = this;
    for (let from = 0; from < length;) {
      if (this.used === CHUNK_BYTES) this.flush(CHUNK_BYTES);
      const to = Math.min(length, from + CHUNK_BYTES - this.used);
      piece.copyTo(this.chunk, this.used, from, to);
      this.used += to - from;
      from = to;
    }
    return address;
  }

  finish(): void {
    if (this.used > 0) this.flush(this.used);
  }

  private flush(length: number): void {
    this.emit({ name: `${this.name}/${this.chunks}`, bytes: this.chunk.slice(0, length) });
    this.chunk.fill(0);
    this.used = 0;
    this.chunks += 1;
  }
}

/** Reads a stream by address. */
export class StreamReader {
  private readonly parts: SegmentParts;
  private readonly name: string;
  private readonly places: PartPlace[] = [];

  constructor(parts: SegmentParts, name: string) {
    this.parts = parts;
    this.name = name;
  }

  chunk(index: number): Uint8Array {
    const place = (this.places[index] ??= this.parts.place(`${this.name}/${index}`));
    return this.parts.at(place);
  }

  /** So many bytes from an address, as a view where they lie in one chunk. */
  read(address: number, length: number): Uint8Array {
    const first = Math.floor(address / CHUNK_BYTES);
    const offset = address - first * CHUNK_BYTES;
    if (offset + length <= CHUNK_BYTES)
      return length === 0 ? new Uint8Array(0) : this.chunk(first).subarray(offset, offset + length);
    const bytes = new Uint8Array(length);
    let filled = CHUNK_BYTES - offset;
    bytes.set(this.chunk(first).subarray(offset, CHUNK_BYTES));
    for (let index = first + 1; filled < length; index++) {
      const piece = this.chunk(index).subarray(0, length - filled);
      bytes.set(piece, filled);
      filled += piece.length;
    }
    return bytes;
  }
}
