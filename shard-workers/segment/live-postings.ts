/**
 * Postings of the live segment. All occurrences of a field's terms are in three arrays, in the order in which they were
 * written, each with the place of its term's occurrence before: adding one is a few stores, and nothing is allocated a
 * term. A term's postings are gathered from that chain when they are asked for.
 */
import type { ByteWriter } from "./bytes.ts";
import { BLOCK_POSTINGS, POSITIONS_MAX } from "./limits.ts";
import type { Postings } from "./postings.ts";

/** Postings of fewer documents are gathered anew each time: that takes a microsecond or two. */
const GATHERED_DOCUMENTS_MIN = 256;

/** The occurrences of a field's terms; a term is a number here. */
export class Occurrences {
  private ordinals = new Uint16Array(4096);
  private positions = new Uint32Array(4096);
  private terms = new Uint32Array(4096);
  /** The occurrence of the same term before, or -1. */
  private previous = new Int32Array(4096);
  private count = 0;
  /** The last occurrence of each term, or -1, and how many it has. */
  private last = new Int32Array(1024).fill(-1);
  private counts = new Uint32Array(1024);
  /** Postings of frequent terms as they were gathered, until the next write: searches ask for them again and again. */
  private readonly gathered = new Map<number, LivePostings>();

  add(term: number, ordinal: number, position: number): void {
    if (this.gathered.size > 0) this.gathered.clear();
    if (this.count === this.ordinals.length) this.grow();
    if (term >= this.last.length) this.growTerms(term);
    const at = this.count++;
    this.ordinals[at] = ordinal;
    this.positions[at] = position;
    this.terms[at] = term;
    this.previous[at] = this.last[term] as number; // in bounds, as the next: a default would box the numbers
    this.last[term] = at;
    this.counts[term] = (this.counts[term] as number) + 1;
  }

  has(term: number): boolean {
    return (this.counts[term] ?? 0) > 0;
  }

  /** A term's postings, by its chain. */
  postings(term: number): LivePostings {
    const known = this.gathered.get(term);
    if (known !== undefined) return known.again();
    const postings = this.gather(term);
    if (postings.documents >= GATHERED_DOCUMENTS_MIN) this.gathered.set(term, postings.again());
    return postings;
  }

  private gather(term: number): LivePostings {
    let occurrences = this.counts[term] ?? 0;
    const ordinals = new Uint16Array(occurrences);
    const positions = new Uint32Array(occurrences);
    for (let at = this.last[term] ?? -1; at >= 0; at = this.previous[at] ?? -1) {
      occurrences -= 1;
      ordinals[occurrences] = this.ordinals[at] ?? 0;
      positions[occurrences] = this.positions[at] ?? 0;
    }
    const postings = new LivePostings();
    postings.refill(ordinals, positions, 0, ordinals.length);
    return postings;
  }

  /** All occurrences, term by term in the given order: one pass, where chains would jump about. */
  grouped(order: Uint32Array): GroupedOccurrences {
    const { count, counts, terms } = this;
    const starts = new Uint32Array(order.length + 1);
    const next = new Uint32Array(counts.length);
    for (let rank = 0; rank < order.length; rank++) {
      const term = order[rank] as number; // in bounds, as all below
      next[term] = starts[rank] as number;
      starts[rank + 1] = (starts[rank] as number) + (counts[term] ?? 0);
    }
    const ordinals = new Uint16Array(count);
    const positions = new Uint32Array(count);
    for (let at = 0; at < count; at++) {
      const term = terms[at] as number;
      const to = next[term] as number;
      next[term] = to + 1;
      ordinals[to] = this.ordinals[at] as number;
      positions[to] = this.positions[at] as number;
    }
    return new GroupedOccurrences(starts, ordinals, positions);
  }

  private grow(): void {
    const size = this.ordinals.length * 2;
    this.ordinals = larger(this.ordinals, new Uint16Array(size));
    this.positions = larger(this.positions, new Uint32Array(size));
    this.terms = larger(this.terms, new Uint32Array(size));
    this.previous = larger(this.previous, new Int32Array(size));
  }

  private growTerms(term: number): void {
    const size = 2 * Math.max(term, this.last.length);
    this.last = larger(this.last, new Int32Array(size).fill(-1));
    this.counts = larger(this.counts, new Uint32Array(size));
  }
}

/** Occurrences of terms by rank, each term's together. */
class GroupedOccurrences {
  private readonly starts: Uint32Array;
  private readonly ordinals: Uint16Array;
  private readonly positions: Uint32Array;

  constructor(starts: Uint32Array, ordinals: Uint16Array, positions: Uint32Array) {
    this.starts = starts;
    this.ordinals = ordinals;
    this.positions = positions;
  }

  /** A term's postings, in the place of others that are done with. */
  postings(rank: number, reuse: LivePostings): LivePostings {
    reuse.refill(this.ordinals, this.positions, this.starts[rank] ?? 0, this.starts[rank + 1] ?? 0);
    return reuse;
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
  /** All postings. There may be room behind them. */
  private allOrdinals = new Uint16Array(BLOCK_POSTINGS);
  private allFrequencies = new Uint32Array(BLOCK_POSTINGS);
  /** The positions, one posting's after another's, from `positionsStart` on. */
  private positions: Uint32Array = NO_IMPACTS;
  private positionsStart = 0;
  private following = 0;
  /** Where the positions of the block's next posting to be walked begin. */
  private walked = 0;
  private walkedAt = 0;

  constructor() {
    this.ordinals = this.allOrdinals;
    this.frequencies = this.allFrequencies;
  }

  /** The same postings, from before the first block. Neither is refilled from now on. */
  again(): LivePostings {
    const same = new LivePostings();
    same.documents = this.documents;
    same.allOrdinals = this.allOrdinals;
    same.allFrequencies = this.allFrequencies;
    same.positions = this.positions;
    same.positionsStart = this.positionsStart;
    same.restart();
    return same;
  }

  /** Takes other postings: a term's occurrences, `from` to `to` of these arrays, in the order of documents and places. */
  refill(ordinals: Uint16Array, positions: Uint32Array, from: number, to: number): void {
    if (this.allOrdinals.length < to - from) {
      this.allOrdinals = new Uint16Array(2 * (to - from));
      this.allFrequencies = new Uint32Array(2 * (to - from));
    }
    const { allOrdinals, allFrequencies } = this;
    let documents = 0;
    let previous = -1;
    for (let at = from; at < to; at++) {
      const ordinal = ordinals[at] as number; // in bounds
      if (ordinal === previous) {
        allFrequencies[documents - 1] = (allFrequencies[documents - 1] as number) + 1;
        continue;
      }
      allOrdinals[documents] = ordinal;
      allFrequencies[documents++] = 1;
      previous = ordinal;
    }
    this.documents = documents;
    this.positions = positions;
    this.positionsStart = from;
    this.restart();
  }

  restart(): void {
    this.following = 0;
    this.count = 0;
    this.walked = 0;
    this.walkedAt = this.positionsStart;
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

  packedFrequencies(): undefined {}

  /** Blocks are decoded as they are met. */
  decodeOrdinals(): void {}

  decodeFrequencies(): void {}

  readPositions(index: number, into: Uint32Array): number {
    this.walkTo(index);
    const count = Math.min(this.frequencies[index] ?? 0, POSITIONS_MAX);
    for (let at = 0; at < count; at++) into[at] = this.positions[this.walkedAt + at] ?? 0;
    return count;
  }

  copyPositions(index: number, writer: ByteWriter): void {
    this.walkTo(index);
    const count = Math.min(this.frequencies[index] ?? 0, POSITIONS_MAX);
    let previous = 0;
    for (let at = 0; at < count; at++) {
      const position = this.positions[this.walkedAt + at] ?? 0;
      writer.varint(position - previous);
      previous = position;
    }
  }

  private walkTo(index: number): void {
    for (; this.walked < index; this.walked++) this.walkedAt += this.frequencies[this.walked] ?? 0;
  }
}
