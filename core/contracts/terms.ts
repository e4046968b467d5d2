/**
 * What the layout `terms` is between the Workers. Term leaf n of a collection owns the terms whose hash falls to it, and has their
 * postings over all documents, a track for each document shard, which follows that shard's log. A document is known by its shard
 * and its version, which no other document of the shard has.
 */
import type { ErrorCode, Result } from "../errors.ts";
import type { StoredDocument } from "./documents.ts";
import type { TermOwnership } from "../term-ownership.ts";
import type { LogEntry, Position } from "./replication.ts";
import type { CollectionRef, Hit, LeafReport, MatchPlan, SearchPlan, Statistics } from "./search.ts";

/** The part of a plan that term leaves run: filters, facets and the like are the document leaves'. */
export type TermPlan = MatchPlan & Pick<SearchPlan, "statistics" | "sort" | "limit" | "after">;

/** A search of a collection by its terms. */
export interface TermQuestion {
  ref: CollectionRef;
  /** There are as many document shards as term leaves. */
  ownership: TermOwnership;
  plan: TermPlan;
  /** The best hits by score; or all that match, with their scores, for document leaves to go on with. */
  wanted: "best" | "all";
}

/** Documents of one shard, known by their versions, rising: packed as in shard-workers/segment/versions.ts; `scores` are theirs. */
export interface MatchedDocuments {
  shard: number;
  versions: Uint8Array;
  scores: Float64Array;
}

export interface TermAnswer {
  /** Where "best" was wanted: without documents. */
  hits: Hit[];
  /** Where "all" was. A shard that has none is left out. */
  matches: MatchedDocuments[];
  total: number;
  /** What the scores are by: the collection's, exactly, where all leaves were at the same sequences. */
  statistics: Statistics;
  /** Documents that the leaf which ranked knows of, and how many it has not got yet. */
  documents: number;
  missing: number;
  /** By shard, what the leaf that ranked had reached; and whether all that were asked had reached the same. */
  sequences: number[];
  agreed: boolean;
}

/** What the session of the terms Worker answers: with a report for each term leaf that was asked. */
export interface TermSearchAnswer {
  answer: Result<TermAnswer>;
  /** Leaves that did not answer, and whose terms the answer is without. */
  failed: { leaf: number; code: ErrorCode }[];
  leaves: LeafReport[];
}

export interface TermLeafStats {
  leaf: number;
  bytes: number;
  /** By shard, what it has reached. Empty: it did not answer. */
  sequences: number[];
}

/** A session with the terms Worker. */
export interface TermsApi {
  search(question: TermQuestion, deadlineMs: number): Promise<TermSearchAnswer>;
  stats(ref: CollectionRef, leaves: number, deadlineMs: number): Promise<TermLeafStats[]>;
}

/** From a shard's primary to a term leaf: documents are skeletons (shard-workers/segment/skeletons.ts). */
export interface TermPush {
  ref: CollectionRef;
  leaf: number;
  shard: number;
  /** How far the primary is, and how many documents it has. */
  head: Position;
  documents: number;
  entries: LogEntry[];
  copy?: TrackCopy;
}

/** A piece of a copy, after the entries, for a track that is in this place; `anew`: what it has does not lead on, and goes. */
export interface TrackCopy {
  from: TrackPlace;
  anew: boolean;
  documents: StoredDocument[];
  to: TrackPlace;
}

/** Where a track is. */
export interface TrackPlace {
  position: Position;
  /** In a copy that is not whole: the id up to which it has all documents, "" for none. */
  copiedTo?: string;
}

export type TermPushAnswer = Result<{ place: TrackPlace }>;

/** What document leaves ask of the terms Worker. */
export interface TermIntakeApi {
  push(push: TermPush): Promise<TermPushAnswer>;
  purgeLeaf(collectionId: string, leaf: number): Promise<void>;
}
