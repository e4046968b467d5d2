/**
 * Postings on their way from one term leaf to another: those of one list in one shard. A document is known by its version
 * (segment/versions.ts). A posting takes about two bytes: the gap to the version before, in its last bit whether the term occurs
 * but once, else how often; lengths are not shipped, since every leaf has them.
 */
import type { ByteReader, ByteWriter } from "../segment/bytes.ts";
import { POSITIONS_MAX } from "../segment/limits.ts";

export interface PostingList {
  /** Rising. */
  versions: Float64Array;
  frequencies: Uint32Array;
  /** Of terms that are part of a phrase: each posting's first places, one posting's after another's. */
  positions?: Uint32Array;
}

/** How many places of a posting are kept. */
export function placesOf(frequency: number): number {
  return Math.min(frequency, POSITIONS_MAX);
}

/** Takes postings in any order, and writes them in the order of their versions. */
export class PostingListBuilder {
  private readonly versions: number[] = [];
  private readonly frequencies: number[] = [];
  private readonly positions: Uint32Array[] = [];
  private rising = true;

  add(version: number, frequency: number, positions?: Uint32Array): void {
    this.rising &&= version > (this.versions.at(-1) ?? -1);
    this.versions.push(version);
    this.frequencies.push(frequency);
    if (positions !== undefined) this.positions.push(positions);
  }

  write(writer: ByteWriter): void {
    const { versions, frequencies, positions } = this;
    const order = Uint32Array.from(versions, (_, at) => at);
    if (!this.rising) order.sort((a, b) => (versions[a] ?? 0) - (versions[b] ?? 0));
    writer.varint(order.length);
    let previous: number | undefined;
    for (const at of order) {
      const version = versions[at] ?? 0;
      const frequency = frequencies[at] ?? 0;
      // Twice a gap is below 2^53, twice a version is not.
      if (previous === undefined) writer.varint(version);
      const gap = version - (previous ?? version);
      writer.varint(2 * gap + (frequency === 1 ? 0 : 1));
      if (frequency !== 1) writer.varint(frequency);
      previous = version;
      let place = 0;
      for (const position of positions[at] ?? []) {
        writer.varint(position - place);
        place = position;
      }
    }
  }
}

export function readPostingList(reader: ByteReader, withPositions: boolean): PostingList {
  const count = reader.varint();
  const versions = new Float64Array(count);
  const frequencies = new Uint32Array(count);
  const positions: number[] = [];
  let version = count === 0 ? 0 : reader.varint();
  for (let at = 0; at < count; at++) {
    const coded = reader.varint();
    version += Math.floor(coded / 2);
    versions[at] = version;
    const frequency = coded % 2 === 0 ? 1 : reader.varint();
    frequencies[at] = frequency;
    if (!withPositions) continue;
    let place = 0;
    for (let index = placesOf(frequency); index > 0; index--) positions.push((place += reader.varint()));
  }
  return { versions, frequencies, ...(withPositions && { positions: Uint32Array.from(positions) }) };
}
