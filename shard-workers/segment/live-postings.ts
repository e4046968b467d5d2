/**
 * Postings of the live segment. All occurrences of a field's terms are in three arrays, in the order in which they were
 * written, each with the place of its term's occurrence before: adding one is a few stores, and nothing is allocated a
 * term. A term's postings are gathered from that chain when they are asked for.
 */
import type { ByteWriter } from "./bytes.ts";
import { BLOCK_POSTINGS, POSITIONS_MAX } from "./limits.ts";
import type { Postings } from "./postings.ts";

/** The occurrences of a field's terms; a term is a number here. */
export class Occurrences {
  private ordinals = new Uint16Array(4096);
  private positions = new Uint32Array(4096);
  /** The occurrence of the same term before, or -1. */
  private previous = new Int32Array(4096);
  private count = 0;
  /** The last occurrence of each term. */
  private last = new Int32Array(1024);

  add(term: number, isNew: boolean, ordinal: number, position: number): void {
    if (this.count === this.ordinals.length) this.grow();
    if (term >= this.last.length) this.last = larger(this.last, new Int32Array(this.last.length * 2));
    const at = this.count++;
    this.ordinals[at] = ordinal;
    this.positions[at] = position;
    this.previous[at] = isNew ? -1 : (this.last[term] ?? -1);
    this.last[term] = at;
  }

  /** A term's postings; in the place of others, where those are done with. */
  postings(term: number, reuse?: LivePostings): LivePostings {
    const { ordinals, positions, previous } = this;
    const last = this.last[term] ?? -1;
    let occurrences = 0;
    let documents = 0;
    let ordinal = -1;
    for (let at = last; at >= 0; at = previous[at] ?? -1) {
      if (ordinals[at] !== ordinal) documents += 1;
      ordinal = ordinals[at] ?? 0;
      occurrences += 1;
    }
    const own = reuse ?? new LivePostings();
    own.refill(documents, occurrences);
    let posting = documents;
    ordinal = -1;
    for (let at = last; at >= 0; at = previous[at] ?? -1) {
      if (ordinals[at] !== ordinal) {
        ordinal = ordinals[at] ?? 0;
        own.allOrdinals[--posting] = ordinal;
        own.allFrequencies[posting] = 0;
      }
      own.allFrequencies[posting] = (own.allFrequencies[posting] ?? 0) + 1;
      own.allPositions[--occurrences] = positions[at] ?? 0;
    }
    return own;
  }

  private grow(): void {
    const size = this.ordinals.length * 2;
    this.ordinals = larger(this.ordinals, new Uint16Array(size));
    this.positions = larger(this.positions, new Uint32Array(size));
    this.previous = larger(this.previous, new Int32Array(size));
  }
}

function larger<A extends Uint16Array | Uint32Array | Int32Array>(old: A, grown: A): A {
  grown.set(old);
  return grown;
}

const NO_IMPACTS = new Uint32Array(0);

export class LivePostings implements Postings {
  documents = 0;
  count = 0;
  first = 0;
  last = 0;
  ordinals: Uint16Array;
  frequencies: Uint32Array;
  readonly impacts = 0;
  readonly impactFrequencies = NO_IMPACTS;
  readonly impactLengths = NO_IMPACTS;
  /** All postings; the positions one posting's after another's. There may be room behind them. */
  allOrdinals = new Uint16Array(0);
  allFrequencies = new Uint32Array(0);
  allPositions = new Uint32Array(0);
  private following = 0;
  /** Where the positions of the block's next posting to be walked begin. */
  private walked = 0;
  private walkedAt = 0;

  constructor() {
    this.ordinals = this.allOrdinals;
    this.frequencies = this.allFrequencies;
  }

  /** Makes room for other postings, which the caller puts in. */
  refill(documents: number, occurrences: number): void {
    if (this.allOrdinals.length < documents) {
      this.allOrdinals = new Uint16Array(documents);
      this.allFrequencies = new Uint32Array(documents);
    }
    if (this.allPositions.length < occurrences) this.allPositions = new Uint32Array(occurrences);
    this.documents = documents;
    this.restart();
  }

  restart(): void {
    this.following = 0;
    this.count = 0;
    this.walked = 0;
    this.walkedAt = 0;
  }

  next(): boolean {
    // The positions of what was not walked of this block are passed over.
    this.walkTo(this.count);
    const from = this.following;
    const to = Math.min(from + BLOCK_POSTINGS, this.documents);
    this.following = to;
    this.count = to - from;
    // Most terms have one block, which needs no view.
    this.ordinals = from === 0 ? this.allOrdinals : this.allOrdinals.subarray(from, to);
    this.frequencies = from === 0 ? this.allFrequencies : this.allFrequencies.subarray(from, to);
    this.first = this.ordinals[0] ?? 0;
    this.last = this.ordinals[this.count - 1] ?? 0;
    this.walked = 0;
    return this.count > 0;
  }

  /** Blocks are decoded as they are met. */
  decodeOrdinals(): void {}

  decodeFrequencies(): void {}

  readPositions(index: number, into: number[]): void {
    this.walkTo(index);
    const count = Math.min(this.frequencies[index] ?? 0, POSITIONS_MAX);
    into.length = 0;
    for (let at = 0; at < count; at++) into.push(this.allPositions[this.walkedAt + at] ?? 0);
  }

  copyPositions(index: number, writer: ByteWriter): void {
    this.walkTo(index);
    const count = Math.min(this.frequencies[index] ?? 0, POSITIONS_MAX);
    let previous = 0;
    for (let at = 0; at < count; at++) {
      const position = this.allPositions[this.walkedAt + at] ?? 0;
      writer.varint(position - previous);
      previous = position;
    }
  }

  private walkTo(index: number): void {
    for (; this.walked < index; this.walked++) this.walkedAt += this.frequencies[this.walked] ?? 0;
  }
}
