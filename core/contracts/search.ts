/** What a search is between the Workers: the plan that goes out to every leaf, and the partial that comes back. */
import type { AggregationRequest } from "../query/aggregation-request.ts";
import type { AggregationPartial } from "../query/aggregations.ts";
import type { FacetPartial, FacetRequest } from "../query/facets.ts";
import type { Clause } from "../query/parse-query.ts";
import type { SortKey, SortValue } from "../query/sort.ts";
import type { ErrorCode, Result } from "../errors.ts";
import type { StoredDocument } from "./documents.ts";
import type { FaultPlan } from "./faults.ts";

/** Which collection a request means, and how the sender believes it to be cut. */
export interface CollectionRef {
  id: string;
  epoch: number;
  /** Copies of each shard, from which a branch chooses. */
  replicas: number;
  /** Which of its generations of leaves is meant. Absent: the first. */
  generation?: number;
  /** What is to go wrong on the way; only where fault injection is switched on. */
  faults?: FaultPlan;
  /** By shard, the sequence that a read must see at least: what a bookmark says. */
  minSequences?: Record<number, number>;
}

/** A text field that is searched. */
export interface SearchedField {
  field: string;
  /** How much a match in it counts, as it was declared. `fieldBoosts` (core/query/bm25.ts) says what holds where none is. */
  boost?: number;
}

/** What the ranking needs to know of the whole collection. Sums: leaves' statistics add up to the collection's. */
export interface Statistics {
  documents: number;
  /** A searched field each, in the plan's order: documents that have the field, and the sum of its lengths in terms. */
  fields: { documents: number; length: number }[];
  /** A clause each, in the plan's order: documents that it matches. */
  frequencies: number[];
}

/**
 * What the root saw last of the collection's statistics for a plan, in its order; null: never. Where there are gaps
 * a leaf fills them from its own (core/query/hints.ts).
 */
export interface Hints {
  documents: number | null;
  fields: (Statistics["fields"][number] | null)[];
  frequencies: (number | null)[];
}

/** The part of a search that says which documents match. */
export interface MatchPlan {
  /** Empty: every document matches. */
  clauses: Clause[];
  searched: SearchedField[];
  /** CESQL over the document's fields. */
  filter?: string;
}

/** One search as every leaf runs it. Plain data. */
export interface SearchPlan extends MatchPlan {
  /** The collection's statistics: what is scored by them has its score for good. */
  statistics?: Statistics;
  /**
   * In place of statistics: what to score by for now. Hits then come with their components, and partials with
   * what each leaf ranked by. With neither there is nothing to rank by.
   */
  hints?: Hints;
  /** Never empty; ties go by id, ascending. */
  sort: SortKey[];
  /** Hits that a partial has at most. */
  limit: number;
  /** Hits that one leaf answers at most; absent: `limit`. What it holds back is in `LeafRanking.next`. */
  leafLimit?: number;
  /** How many of a leaf's hits, the first, come with their documents; absent: all. */
  inlined?: number;
  /** The place after which the next page begins. */
  after?: { sort: SortValue[]; id: string };
  facets: FacetRequest[];
  aggregations: AggregationRequest[];
  /** Fields to return; absent: all. */
  select?: string[];
  highlight: string[];
}

export interface Hit {
  id: string;
  score: number;
  sort: SortValue[];
  shard: number;
  /** What the score is made of (core/query/components.ts), in an answer to hints. */
  components?: number[];
  /** The document as JSON text; absent when it is to be fetched, since it came too late or there was no room for it. */
  document?: string;
  /** With the document, where the plan wants it. A field each: its best fragments, the query's words in <mark>. */
  highlights?: Record<string, string[]>;
}

/** What a leaf ranked by hints, and the first that is missing from its hits. */
export interface LeafRanking {
  shard: number;
  /** The leaf's own: what it ranked by follows from these and the hints. */
  statistics: Statistics;
  /**
   * No document of the leaf that is not among the hits has a higher score under what it ranked by, or the same and an
   * id before this. Absent: all that match are among the hits.
   */
  next?: { score: number; id: string };
}

/** One call to one replica, in ms from the branch's start. */
export interface LeafAttempt {
  replica: number;
  /** Why it was made; a canary is a call more, to a replica on probation, for whose answer nobody waits. */
  kind: "first" | "canary" | "hedge" | "retry";
  startMs: number;
  endMs: number;
  /** `abandoned`: it had not answered when it was no longer needed, and was told so. `pending`: a canary, at `endMs` under way. */
  state: "answered" | "failed" | "abandoned" | "pending";
  code?: ErrorCode;
}

/** How the question to one shard fared. */
export interface LeafReport {
  /** Absent: it is a document leaf. Term leaves are numbered as shards are. */
  part?: "terms";
  /** Where it was counted: bytes of what the leaf was sent, and of what it answered. */
  bytes?: number;
  shard: number;
  /** The replica that answered, or else that was asked last. */
  replica: number;
  /** 2: it was asked again, for a ranking or counts that the first answer left open. */
  wave?: number;
  attempts: LeafAttempt[];
  /** Absent: it answered. */
  failed?: ErrorCode;
  /** What there is to say of the failure, for whoever keeps the deployment. */
  detail?: string;
  /** Where it answered a search: the sequence that its replica had reached. */
  sequence?: number;
  /** Documents that the leaf holds, and how many of them the search's fields can't be found in yet. */
  documents: number;
  outdated?: number;
  /** Where documents were fetched: how many. */
  fetched?: number;
  /** Where a function ran: documents that it was handed, and calls of it. */
  mapped?: number;
  functionCalls?: number;
  rowsRead: number;
  rowsWritten: number;
  /** From the branch's start to the leaf's answer. Zero where a Worker's clock stood still. */
  startMs: number;
  endMs: number;
}

/** What a leaf answers, and what branches make of several: merging is independent of order and grouping. */
export interface SearchPartial {
  /** In the plan's order, at most its limit. */
  hits: Hit[];
  /** Of leaves that were given hints. */
  rankings: LeafRanking[];
  total: number;
  facets: FacetPartial[];
  aggregations: AggregationPartial[];
}

/** A leaf's answer to a search. */
export type LeafAnswer = Result<{
  partial: SearchPartial;
  /** What the answer stands on: a replica that has not reached it may lack hits, or have older documents. */
  sequence: number;
  documents: number;
  /** Documents among them that some field of the plan was declared after, and which are not indexed by it yet. */
  outdated?: number;
  rowsRead: number;
}>;

/** A branch's answer: what its leaves found, and a report each, the failed among them. */
export interface BranchAnswer {
  partial: SearchPartial;
  leaves: LeafReport[];
}

export interface FetchAnswer {
  documents: StoredDocument[];
  leaves: LeafReport[];
}
