/** What a leaf needs of the thing that stores its documents and searches them. */
import type { Fields } from "../../core/collection.ts";
import type { StoredDocument } from "../../core/contracts/documents.ts";
import type { LogEntry, Position } from "../../core/contracts/replication.ts";
import type { ScatterPlan } from "../../core/contracts/scatter.ts";
import type { MatchPlan, SearchPartial, SearchPlan, Statistics } from "../../core/contracts/search.ts";
import type { MatchedDocuments } from "../../core/contracts/terms.ts";
import type { ScanBatch } from "../segment/scan.ts";
import type { JsonObject } from "../../core/document/values.ts";
import type { SlotSpan } from "../../core/slots.ts";

/** A document as it is put: its text is what is kept, its value what is indexed. */
export interface NewDocument extends StoredDocument {
  value: JsonObject;
}

/** What of a plan says which fields it goes by. */
export type FieldsUsed = Partial<
  Pick<SearchPlan, "clauses" | "searched" | "filter" | "sort" | "facets" | "aggregations">
>;

/** Documents that are read batch by batch, each batch in one turn. */
export interface DocumentScan {
  next(): ScanBatch | undefined;
  /** To be called once nobody reads on. */
  close(): void;
}

/** Anything may throw `CorruptError`, and is as it was then. */
export interface LeafIndex {
  /** How far the log of batches has come. */
  readonly position: Position;
  /** The highest version there ever was, that of a batch under way among them. */
  readonly clock: number;
  /** Characters of the puts of the batch that is under way. */
  readonly batchCharacters: number;
  /** In a copy that is not whole: the id up to which it has all documents. */
  readonly copiedTo: string | undefined;
  /** Batches after this sequence stay in the log for those that follow; undefined: nobody follows. */
  keepLogAfter: number | undefined;
  /**
   * Declares the fields, and indexes the documents that are there anew where that is needed. Called once before
   * anything else, and again whenever the declaration changes.
   */
  declare(fields: Fields): void;
  get(id: string): StoredDocument | undefined;
  /** The version of a document, undefined when there is none. */
  versionOf(id: string): number | undefined;
  /**
   * Runs `put`s and `delete`s as one: all of them are durable when it returns, none when it throws. `position`: where that
   * leads, when another leaf has decided it; else a batch that has changed anything leads to the next sequence.
   */
  batch<T>(run: () => T, position?: Position): T;
  /** A batch that brings a copy forward: to a position, with all documents up to an id, or with all (undefined). */
  copy(run: () => void, position: Position, copiedTo: string | undefined): void;
  /** The batches after a sequence, at least one, about so many characters; undefined: the log reaches back less far. */
  entriesAfter(sequence: number, charactersMax: number): LogEntry[] | undefined;
  /** Stores and indexes, in place of the document with this id, if there is one. Within a batch. */
  put(document: NewDocument): void;
  /** Removes; nothing happens when there is no such document. Within a batch. */
  delete(id: string, version: number): void;
  /**
   * Documents with an id after `afterId`, in the order of ids by UTF-16 units, about `charactersMax` of them. `slots`: of these
   * alone, a number other than 0 for each that is wanted.
   */
  page(
    afterId: string,
    charactersMax: number,
    slots?: Uint8Array,
  ): { documents: StoredDocument[]; done: boolean };
  /** The documents that match now (`slots`: of these alone), to be read over several turns: nothing that comes meanwhile changes them. */
  scan(what: Pick<ScatterPlan, "filter" | "select">, slots?: SlotSpan): DocumentScan;
  documentCount(): number;
  /** Documents in which the plan's fields can't be found yet, since these were declared after they were indexed. */
  outdatedFor(plan: FieldsUsed): number;
  statistics(plan: MatchPlan): Statistics;
  /**
   * Hits come with documents as far as `inlineBytesMax` reaches, best first. `slots`: only documents of these count, except that statistics are
   * always those of all.
   */
  search(plan: SearchPlan, shard: number, inlineBytesMax: number, slots?: SlotSpan): SearchPartial;
  /** Those of known matches that pass the plan's filter, with the scores that they came with. */
  searchMatches(plan: SearchPlan, matched: MatchedDocuments, inlineBytesMax: number): SearchPartial;
  /** Segments that there are, and how often one was written out and several were merged since this was opened. */
  readonly size: { segments: number; flushes: number; merges: number };
  /** Whether there are segments to bring together. */
  mergeDue(): boolean;
  /** A bounded piece of that. */
  mergeStep(): void;
}
