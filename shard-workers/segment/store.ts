/**
 * Where the engine keeps its rows: numbered BLOBs of at most 2 MB. A leaf has them in SQLite, tests in memory. A row
 * is sealed with a checksum that covers its number too, so that a row in the wrong place is as corrupt as a damaged one.
 */
import { hash32 } from "./checksum.ts";

export interface SegmentStore {
  /** Runs to the end with all its writes durable together, or throws and none is. Not nested. */
  transaction<T>(run: () => T): T;
  /** A row, undefined when there is none. The bytes belong to the caller and begin at an aligned address. */
  read(key: number): Uint8Array | undefined;
  write(key: number, bytes: Uint8Array): void;
  remove(key: number): void;
  /** The numbers of the rows in `from <= key < to`, rising. */
  keys(from: number, to: number): number[];
}

/** The row that says which segments there are. */
export const MANIFEST_KEY = 0;

/** Rows of a segment: its BLOBs from 0, and in the last place its deletions. 4,095 BLOBs are about 1 GB. */
export const SEGMENT_KEYS = 4096;
export const DELETIONS_BLOB = SEGMENT_KEYS - 1;

/** Segments are numbered from 1 and never again; the log is above all of them. */
export function segmentKey(segment: number, blob: number): number {
  return segment * SEGMENT_KEYS + blob;
}

const LOG_KEYS = 2 ** 50;

export function logKey(row: number): number {
  return LOG_KEYS + row;
}

const SEAL_BYTES = 4;

/** A row's bytes are not what was written. The message names the part of the leaf that is lost. */
export class CorruptError extends Error {
  /** `segment 7`, `log` or `manifest`. */
  readonly part: string;

  constructor(part: string) {
    super(`corrupt: ${part}`);
    this.name = "CorruptError";
    this.part = part;
  }
}

/** The bytes with their checksum behind them. */
export function seal(key: number, bytes: Uint8Array): Uint8Array {
  const sealed = new Uint8Array(bytes.length + SEAL_BYTES);
  sealed.set(bytes);
  new DataView(sealed.buffer).setUint32(bytes.length, checksum(key, bytes), true);
  return sealed;
}

/** The bytes that were sealed, without a copy. */
export function unseal(key: number, sealed: Uint8Array | undefined): Uint8Array {
  if (sealed === undefined || sealed.length < SEAL_BYTES) throw new CorruptError(partOf(key));
  const bytes = sealed.subarray(0, sealed.length - SEAL_BYTES);
  const stored = new DataView(sealed.buffer, sealed.byteOffset + bytes.length, SEAL_BYTES).getUint32(0, true);
  if (stored !== checksum(key, bytes)) throw new CorruptError(partOf(key));
  return bytes;
}

export function partOf(key: number): string {
  if (key === MANIFEST_KEY) return "manifest";
  return key >= LOG_KEYS ? "log" : `segment ${Math.floor(key / SEGMENT_KEYS)}`;
}

function checksum(key: number, bytes: Uint8Array): number {
  return hash32(bytes, Math.imul(key % 2 ** 32, 0x9e37_79b1) ^ Math.floor(key / 2 ** 32));
}
