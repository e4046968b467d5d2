/**
 * Encodes postings in blocks. A block: one byte with the widths of its gaps and frequencies (never 0, which is what
 * the end of a chunk is filled with), the gap to its first ordinal, then, where a term has more than one block, what is needed
 * to skip it (its span, its bytes, its positions' bytes, its impacts), then the gaps and the frequencies, packed.
 */
import { ByteWriter } from "./bytes.ts";
import { BLOCK_POSTINGS, IMPACTS_MAX } from "./limits.ts";
import { chooseWidth, pack } from "./packing.ts";
import type { StreamWriter } from "./parts.ts";

/** What a dictionary says of a term. */
export interface TermEntry {
  documents: number;
  /** Addresses in the streams of postings and positions. */
  postings: number;
  positions: number;
  positionsBytes: number;
}

/** Marks a block's first byte, so that it is never 0. */
export const BLOCK_MARK = 0x80;

interface Impact {
  frequency: number;
  length: number;
}

export class PostingsWriter {
  /** Where the positions of the posting that is added next are appended, before `add`. */
  readonly positions = new ByteWriter(4096);
  private readonly postingsOut: StreamWriter;
  private readonly positionsOut: StreamWriter;
  private readonly ordinals = new Uint32Array(BLOCK_POSTINGS);
  private readonly frequencies = new Uint32Array(BLOCK_POSTINGS);
  private readonly lengths = new Uint32Array(BLOCK_POSTINGS);
  private readonly scratch = new Uint32Array(BLOCK_POSTINGS);
  private readonly piece = new ByteWriter(4096);
  private readonly body = new ByteWriter(4096);
  private count = 0;
  /** Bytes of `positions` that belong to postings that were added. */
  private positionsEnd = 0;
  private previous = -1;
  private entry: TermEntry = { documents: 0, postings: 0, positions: 0, positionsBytes: 0 };

  constructor(postings: StreamWriter, positions: StreamWriter) {
    this.postingsOut = postings;
    this.positionsOut = positions;
  }

  /** Adds a posting to the current term; `length` is the field's in that document. */
  add(ordinal: number, frequency: number, length: number): void {
    if (this.count === BLOCK_POSTINGS) this.writeBlock(true);
    this.ordinals[this.count] = ordinal;
    this.frequencies[this.count] = frequency;
    this.lengths[this.count] = length;
    this.count += 1;
    this.positionsEnd = this.positions.length;
  }

  /** Ends the term; undefined when nothing was added to it. */
  end(): TermEntry | undefined {
    if (this.count === 0) return undefined;
    this.writeBlock(this.entry.documents > 0);
    const { entry } = this;
    this.entry = { documents: 0, postings: 0, positions: 0, positionsBytes: 0 };
    this.previous = -1;
    return entry;
  }

  private writeBlock(skippable: boolean): void {
    const { count, piece, body } = this;
    const first = this.ordinals[0] ?? 0;
    const last = this.ordinals[count - 1] ?? 0;
    const gapWidth = this.packBody();
    piece.clear();
    piece.byte(BLOCK_MARK | gapWidth);
    piece.varint(first - this.previous - 1);
    // Positions of the posting to come may have been appended already.
    const positionsBytes = this.positionsEnd;
    if (skippable) {
      piece.varint(last - first);
      piece.varint(body.length);
      piece.varint(positionsBytes);
      this.writeImpacts();
    }
    piece.append(body);
    const address = this.postingsOut.whole(piece);
    const positionsAddress = this.positionsOut.loose(this.positions, positionsBytes);
    if (this.entry.documents === 0) {
      this.entry.postings = address;
      this.entry.positions = positionsAddress;
    }
    this.entry.documents += count;
    this.entry.positionsBytes += positionsBytes;
    this.previous = last;
    this.count = 0;
    this.positions.drop(positionsBytes);
    this.positionsEnd = 0;
  }

  /** Packs gaps and frequencies into `body`; returns both widths in the block's first byte. */
  private packBody(): number {
    const { count, scratch, body } = this;
    body.clear();
    for (let index = 1; index < count; index++) {
      scratch[index - 1] = (this.ordinals[index] ?? 0) - (this.ordinals[index - 1] ?? 0) - 1;
    }
    const gapWidth = chooseWidth(scratch, count - 1);
    pack(scratch, count - 1, gapWidth, body);
    for (let index = 0; index < count; index++) scratch[index] = (this.frequencies[index] ?? 0) - 1;
    const frequencyWidth = chooseWidth(scratch, count);
    pack(scratch, count, frequencyWidth, body);
    return gapWidth | (frequencyWidth << 3);
  }

  private writeImpacts(): void {
    const impacts = this.frontier();
    this.piece.byte(impacts.length);
    for (const { frequency, length } of impacts) {
      this.piece.varint(frequency);
      this.piece.varint(length);
    }
  }

  /** The pairs that no other pair of the block outdoes, the least frequent of them drawn together. */
  private frontier(): Impact[] {
    let frontier: Impact[] = [];
    for (let index = 0; index < this.count; index++) {
      const frequency = this.frequencies[index] as number; // in bounds
      const length = this.lengths[index] as number;
      if (isOutdone(frontier, frequency, length)) continue;
      frontier = frontier.filter((other) => other.frequency > frequency || other.length < length);
      frontier.push({ frequency, length });
    }
    const sorted = frontier.toSorted((a, b) => b.frequency - a.frequency);
    const kept = sorted.slice(0, IMPACTS_MAX - 1);
    const rest = sorted.slice(IMPACTS_MAX - 1);
    const [most] = rest;
    if (most !== undefined) {
      kept.push({ frequency: most.frequency, length: Math.min(...rest.map(({ length }) => length)) });
    }
    return kept;
  }
}

function isOutdone(frontier: readonly Impact[], frequency: number, length: number): boolean {
  for (let at = 0; at < frontier.length; at++) {
    const other = frontier[at] as Impact; // in bounds
    if (other.frequency >= frequency && other.length <= length) return true;
  }
  return false;
}
