/** Postings that a search worked out: of a phrase, of a prefix. They have no positions. */
import { countBits, lowestBit } from "../bitmap.ts";
import { BLOCK_POSTINGS } from "../limits.ts";
import type { Postings } from "../postings.ts";
import { frequencySums, unionBits } from "./scratch.ts";

const NO_IMPACTS = new Uint32Array(0);

export class ListedPostings implements Postings {
  readonly documents: number;
  count = 0;
  first = 0;
  last = 0;
  ordinals: Uint16Array = new Uint16Array(0);
  frequencies: Uint32Array = new Uint32Array(0);
  readonly impacts = 0;
  readonly impactFrequencies = NO_IMPACTS;
  readonly impactLengths = NO_IMPACTS;
  private readonly allOrdinals: Uint16Array;
  private readonly allFrequencies: Uint32Array;
  protected at = 0;

  /** Ordinals come rising. The arrays are this one's from now on. */
  constructor(ordinals: Uint16Array, frequencies: Uint32Array) {
    this.documents = ordinals.length;
    this.allOrdinals = ordinals;
    this.allFrequencies = frequencies;
  }

  restart(): void {
    this.at = 0;
    this.count = 0;
  }

  next(): boolean {
    const end = Math.min(this.at + BLOCK_POSTINGS, this.documents);
    this.count = end - this.at;
    this.ordinals = this.allOrdinals.subarray(this.at, end);
    this.frequencies = this.allFrequencies.subarray(this.at, end);
    this.first = this.ordinals[0] ?? 0;
    this.last = this.ordinals[this.count - 1] ?? 0;
    this.at = end;
    return this.count > 0;
  }

  packedFrequencies(): undefined {}

  decodeOrdinals(): void {}

  decodeFrequencies(): void {}

  readPositions(_index: number, _into: Uint32Array): number {
    throw new Error("postings that were worked out have no positions");
  }

  copyPositions(): void {
    throw new Error("postings that were worked out have no positions");
  }
}

/** The union of several terms' postings; a document's frequencies add up. */
export function unite(all: readonly Postings[]): Postings | undefined {
  const [only] = all;
  if (all.length <= 1) return only;
  unionBits.fill(0);
  for (const postings of all) {
    while (postings.next()) {
      postings.decodeOrdinals();
      postings.decodeFrequencies();
      for (let index = 0; index < postings.count; index++) {
        const ordinal = postings.ordinals[index] ?? 0;
        const word = ordinal >>> 5;
        unionBits[word] = (unionBits[word] ?? 0) | (1 << (ordinal & 31));
        frequencySums[ordinal] = (frequencySums[ordinal] ?? 0) + (postings.frequencies[index] ?? 0);
      }
    }
  }
  const documents = countBits(unionBits);
  const ordinals = new Uint16Array(documents);
  const frequencies = new Uint32Array(documents);
  let found = 0;
  for (let word = 0; word < unionBits.length; word++) {
    for (let value = unionBits[word] ?? 0; value !== 0; value &= value - 1) {
      const ordinal = lowestBit(word, value);
      ordinals[found] = ordinal;
      frequencies[found++] = frequencySums[ordinal] ?? 0;
      frequencySums[ordinal] = 0;
    }
  }
  return new ListedPostings(ordinals, frequencies);
}
