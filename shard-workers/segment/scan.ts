/**
 * A scan: the documents of one moment, in the order in which they are stored, batch by batch. What is written, deleted or
 * merged between two batches changes nothing of it. No view of a segment's bytes is kept from one batch to the next.
 */
import { countBits, lowestBit } from "./bitmap.ts";
import { ByteWriter } from "./bytes.ts";
import type { Bitmap } from "./column-contract.ts";
import type { Projection } from "./projection.ts";
import type { Searchable } from "./searchable.ts";

export interface ScanBatch {
  /** The documents as a JSON array. */
  json: string;
  documents: number;
}

/** A batch ends with the document that reaches one of them. */
export interface BatchLimits {
  documentsMax: number;
  bytesMax: number;
}

/** A segment, and which of its documents are still to be read. */
interface ScanSource<C> {
  segment: Searchable<C>;
  matches: Bitmap;
}

const OPEN = 91; // [
const CLOSE = 93; // ]
const COMMA = 44;

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: false, ignoreBOM: true });

/** One for the isolate: a batch is put together, and made a text, in one turn. */
const scratch = new ByteWriter(512 * 1024);
const document = new ByteWriter(64 * 1024);

export class Scan<C> {
  /** Documents that are read in all. */
  readonly documents: number;
  private readonly sources: readonly ScanSource<C>[];
  /** What is read of a document; absent: all. */
  private readonly projection: Projection | undefined;
  private readonly end: () => void;
  private source = 0;
  private word = 0;

  /** Of the documents that are there now, those that `matching` says of each segment. `end` is called when it is closed. */
  constructor(
    segments: readonly Searchable<C>[],
    matching: (segment: Searchable<C>) => Bitmap,
    projection: Projection | undefined,
    end: () => void,
  ) {
    this.sources = segments.map((segment) => ({
      segment,
      matches: matching(segment).map((word, index) => word & ~(segment.deleted[index] ?? 0)),
    }));
    this.projection = projection;
    this.end = end;
    this.documents = this.sources.reduce((sum, { matches }) => sum + countBits(matches), 0);
  }

  /** The next documents; undefined: there are no more. Throws CorruptError when a row is damaged. */
  next({ documentsMax, bytesMax }: BatchLimits): ScanBatch | undefined {
    let documents = 0;
    scratch.clear();
    scratch.byte(OPEN);
    while (documents < documentsMax && scratch.length <= bytesMax) {
      const source = this.sources[this.source];
      if (source === undefined) break;
      const append = appender(source.segment, this.projection);
      for (; documents < documentsMax && scratch.length <= bytesMax; documents++) {
        const ordinal = this.take(source.matches);
        if (ordinal < 0) break;
        if (documents > 0) scratch.byte(COMMA);
        append(ordinal);
      }
      if (this.word < source.matches.length) break;
      this.source += 1;
      this.word = 0;
    }
    if (documents === 0) return undefined;
    scratch.byte(CLOSE);
    return { json: decoder.decode(scratch.view()), documents };
  }

  /** Nothing is read any longer. */
  close(): void {
    this.source = this.sources.length;
    this.end();
  }

  /** The next ordinal, which is taken out of the bitmap; -1: there is none. */
  private take(matches: Bitmap): number {
    for (; this.word < matches.length; this.word++) {
      const value = matches[this.word] ?? 0;
      if (value === 0) continue;
      matches[this.word] = value & (value - 1);
      return lowestBit(this.word, value);
    }
    return -1;
  }
}

/** Writes documents of a segment, in the order of their ordinals, behind what has been written. */
function appender<C>(segment: Searchable<C>, projection: Projection | undefined): (ordinal: number) => void {
  const walk = segment.stored?.walk();
  if (walk !== undefined && projection === undefined) return (ordinal) => walk.appendTo(scratch, ordinal);
  return (ordinal) => {
    let json: Uint8Array;
    if (walk === undefined) json = encoder.encode(segment.textOf(ordinal));
    else {
      document.clear();
      walk.appendTo(document, ordinal);
      json = document.view();
    }
    if (projection === undefined) scratch.bytes(json);
    else projection.append(json, scratch);
  };
}
