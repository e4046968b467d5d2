/** A term's postings in one field of one segment, as searches and merges walk them: block by block, in rising order. */
import type { ByteWriter } from "./bytes.ts";

/** The frequencies of a block, each less 1, in so many bits. */
export interface PackedFrequencies {
  source: Uint8Array;
  at: number;
  bits: number;
}

export interface Postings {
  /** Documents that hold the term, deleted ones among them. */
  readonly documents: number;
  /** How many postings the current block has, and between which ordinals they lie (both may be reached). */
  readonly count: number;
  readonly first: number;
  readonly last: number;
  /** The current block's ordinals and frequencies, once they are decoded: the first `count` entries. */
  readonly ordinals: Uint16Array;
  readonly frequencies: Uint32Array;
  /**
   * Pairs that bound the block: of each posting there is a pair with at least its frequency and at most its length.
   * `impacts` is how many; 0: unknown.
   */
  readonly impacts: number;
  readonly impactFrequencies: Uint32Array;
  readonly impactLengths: Uint32Array;

  /** Back to before the first block. */
  restart(): void;
  /** Goes to the next block, without decoding it; false: there is none. */
  next(): boolean;
  decodeOrdinals(): void;
  /** After `decodeOrdinals`, until the next block: the frequencies as they are packed, if they are. */
  packedFrequencies(): PackedFrequencies | undefined;
  /** After `decodeOrdinals`. */
  decodeFrequencies(): void;
  /**
   * Reads the positions of a posting of the current block, whose frequencies are decoded, and returns how many there
   * are: at most its frequency, for which there is to be room. Indexes come rising.
   */
  readPositions(index: number, into: Uint32Array): number;
  /** Appends the encoded positions of a posting; indexes come rising. */
  copyPositions(index: number, writer: ByteWriter): void;
}

/** Walks the terms of one field in rising order of their bytes. */
export interface TermWalk {
  /** The current term's bytes. */
  readonly term: Uint8Array;
  next(): boolean;
  /** The current term's postings, good until the next step. */
  postings(): Postings;
}
