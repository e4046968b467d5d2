/** A segment, live or immutable, as searches see it. */
import type { Bitmap, SegmentView } from "./column-contract.ts";
import type { DocumentReader } from "./stored-documents.ts";
import type { Postings, TermWalk } from "./postings.ts";

/** Lengths in terms by ordinal; 32 bits only where a field has longer texts, so that hot loops see one kind of array. */
export type Lengths = Uint16Array | Uint32Array;

/** A text field of a segment. */
export interface TextField {
  /** Documents that have the field, and the sum of its lengths, without deleted documents. */
  readonly totals: { documents: number; length: number };
  readonly lengths: Lengths;
  /** No document has a longer text here. */
  readonly lengthMax: number;
  find(term: string): Postings | undefined;
  /** The postings of every term that begins so. */
  withPrefix(prefix: string): Iterable<Postings>;
  /** All terms, for a merge. */
  walk(): TermWalk;
}

export interface Searchable<C> extends SegmentView<C> {
  readonly deleted: Bitmap;
  readonly deletedCount: number;
  field(name: string): TextField | undefined;
  /** A comparison of documents by their ids, good for one search. */
  idOrder(): (a: number, b: number) => number;
  /** A test for whether a document's id comes after this one. */
  afterId(id: string): (ordinal: number) => boolean;
  /** The document with an id, unless it is deleted. */
  find(id: string): number | undefined;
  versionOf(ordinal: number): number;
  /** The versions of all documents, by ordinal. */
  allVersions(): ArrayLike<number>;
  /** UTF-16 units of all documents' texts, about: deleted ones may be counted or not. */
  readonly text: number;
  /** The documents as an immutable segment keeps them. */
  readonly stored?: DocumentReader;
  /** The document's JSON text. */
  textOf(ordinal: number): string;
  /** Ordinals of documents that are not deleted and whose ids come after this one, in the order of their ids. */
  idsAfter(id: string): Iterable<number>;
}

export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
