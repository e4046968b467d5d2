/** What a leaf needs of the thing that stores its documents and searches them. */
import type { Fields } from "../../core/collection.ts";
import type { StoredDocument } from "../../core/contracts/documents.ts";
import type { MatchPlan, SearchPartial, SearchPlan, Statistics } from "../../core/contracts/search.ts";
import type { JsonObject } from "../../core/document/values.ts";

/** A document as it is put: its text is what is kept, its value what is indexed. */
export interface NewDocument extends StoredDocument {
  value: JsonObject;
}

/** Anything may throw `CorruptError`, and is as it was then. */
export interface LeafIndex {
  /**
   * Declares the fields, and indexes the documents that are there anew where that is needed. Called once before
   * anything else, and again whenever the declaration changes.
   */
  declare(fields: Fields): void;
  get(id: string): StoredDocument | undefined;
  /** The version of a document, undefined when there is none. */
  versionOf(id: string): number | undefined;
  /** Runs `put`s and `delete`s as one: all of them are durable when it returns, none when it throws. */
  batch<T>(run: () => T): T;
  /** Stores and indexes, in place of the document with this id, if there is one. Within a batch. */
  put(document: NewDocument): void;
  /** Removes; nothing happens when there is no such document. Within a batch. */
  delete(id: string): void;
  /** Documents with an id after `afterId`, in the order of ids by UTF-16 units, about `bytesMax` of them. */
  page(afterId: string, bytesMax: number): { documents: StoredDocument[]; done: boolean };
  documentCount(): number;
  statistics(plan: MatchPlan): Statistics;
  /** Hits come with documents as far as `inlineBytesMax` reaches, best first. */
  search(plan: SearchPlan, shard: number, inlineBytesMax: number): SearchPartial;
  /** Whether there are segments to bring together. */
  mergeDue(): boolean;
  /** A bounded piece of that. */
  mergeStep(): void;
}
