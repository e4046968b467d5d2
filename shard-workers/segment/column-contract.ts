/**
 * What lies between the segments and their typed columns (`columns/`). A segment, live or immutable, numbers its
 * documents by ordinals from 0; a column knows values by ordinal. The engine builds, stores, opens and merges columns
 * through `ColumnModule`, and never looks into one: a search hands each segment's columns to the caller's functions
 * (`SegmentQuery`), together with the documents that matched.
 */
import type { Fields } from "../../core/collection.ts";
import type { JsonObject } from "../../core/document/values.ts";
import type { SortValue } from "../../core/query/sort.ts";

/** Ordinals fit 16 bits, so that every array with a number a document is one BLOB, and every merge is bounded. */
export const SEGMENT_DOCUMENTS_MAX = 65_536;

/** A set of ordinals: bit `ordinal & 31` of word `ordinal >>> 5`. Bits from `documents` on are 0. */
export type Bitmap = Uint32Array;

/** Words of a bitmap over so many documents. */
export function bitmapWords(documents: number): number {
  return (documents + 31) >>> 5;
}

/** A part is a BLOB of its own or shares one: SQLite's rows in a Durable Object end at 2 MB, and ours at 1 MB. */
export const PART_BYTES_MAX = 1_000_000;

/** A named piece of an encoded segment. Whoever encodes more than `PART_BYTES_MAX` splits it, and names the pieces. */
export interface Part {
  name: string;
  bytes: Uint8Array;
}

/** Reads an immutable segment's parts. */
export interface PartReader {
  /**
   * The bytes of a part, undefined when there is none. They begin at a multiple of 8 in their buffer, so that typed
   * arrays can be laid over them. They are the cache's: read only, and not kept beyond a call, or the bounded cache
   * bounds nothing.
   */
  read(name: string): Uint8Array | undefined;
}

/** The columns of a live segment: they grow. */
export interface LiveColumns {
  /** Takes the values of a document. Ordinals come in order, each once. Never throws for a JSON object. */
  add(ordinal: number, document: JsonObject): void;
  /** About what the columns take in memory. */
  readonly bytes: number;
}

/** Columns that go into a new segment. */
export interface ColumnSource<C> {
  columns: C;
  /** Documents in the source. */
  documents: number;
  /** The new ordinal of each old one; -1: the document is gone. New ordinals rise with the old. */
  newOrdinals: Int32Array;
}

/** How the engine makes columns. `C` is a segment's columns, live or immutable, as searches read them. */
export interface ColumnModule<C> {
  /** Empty columns of a live segment. */
  createLive(fields: Fields): C & LiveColumns;
  /** The columns of an immutable segment. Reads nothing yet, or little: a leaf that wakes opens all its segments. */
  open(fields: Fields, documents: number, parts: PartReader): C;
  /**
   * The encoded columns of a new segment with `documents` documents, from live columns (a flush) or from several
   * segments' (a merge); the sources' documents follow one another. Yields undefined as a place to pause, after at
   * most some milliseconds of work, so that a merge goes in bounded steps.
   */
  encode(fields: Fields, documents: number, sources: ColumnSource<C>[]): Generator<Part | undefined, void>;
}

/** A segment as the functions of a query see it. */
export interface SegmentView<C> {
  columns: C;
  /** Ordinals are below this. Deleted documents still have theirs. */
  documents: number;
  /** The id of a document. */
  idOf(ordinal: number): string;
  /** The slots of the documents, by ordinal: as long as there are documents, or longer. */
  slots(): Uint16Array;
  /** The document with an id, deleted or not; undefined: there is none. For filters that name ids. */
  ordinalOf(id: string): number | undefined;
  /** A stored document. Columns keep the beginnings of long texts alone, and ask where those don't decide. */
  documentOf(ordinal: number): JsonObject;
}

/** The parts of a search that columns answer; each is called once a segment. */
export interface SegmentQuery<C> {
  /** The documents that match the filter. Deleted ones may be among them. */
  filter?: (segment: SegmentView<C>) => Bitmap;
  /** Takes all documents that match the whole query, for facets and aggregations. The bitmap is not kept. */
  collect?: (segment: SegmentView<C>, matches: Bitmap) => void;
  /** Reads a sort key other than `_score` and `id`. */
  sortValue?: (segment: SegmentView<C>, field: string, descending: boolean) => (ordinal: number) => SortValue;
}
