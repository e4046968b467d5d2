/** What a branch does for its caller. Each call names at most `BRANCH_LEAVES_MAX` shards. */
import type { Result } from "../errors.ts";
import type { Packed } from "../search-wire.ts";
import type { ExportPage, ShardStats, ShardWrites, ShardWritesAnswer, StoredDocument } from "./documents.ts";
import type { BranchAnswer, CollectionRef, FetchAnswer, LeafAnswer, SearchPlan } from "./search.ts";
import type { MatchedDocuments } from "./terms.ts";
import type {
  BranchScatterAnswer,
  BranchScatterQuestion,
  LeafScatterAnswer,
  ScatterErrand,
  ScatterPlan,
} from "./scatter.ts";

/**
 * A Worker may wait for six connections at a time; whether calls to Durable Objects count is not settled in
 * Cloudflare's documents (Workers: Limits, "Simultaneous open connections").
 */
export const BRANCH_LEAVES_MAX = 6;

/** Which leaf. */
export interface LeafName {
  collectionId: string;
  shard: number;
  replica: number;
}

/**
 * Each method answers a failure as data; it throws only when the platform itself fails. `deadlineMs` is the time that is left
 * for the answer: a duration, since clocks differ.
 */
export interface BranchApi {
  /** All shards' writes side by side; an answer a shard, in the order asked. */
  write(ref: CollectionRef, writes: ShardWrites[]): Promise<ShardWritesAnswer[]>;
  getDocument(
    ref: CollectionRef,
    shard: number,
    id: string,
    deadlineMs: number,
  ): Promise<Result<{ document: StoredDocument | null }>>;
  /** Documents by id, those that exist and whose leaf answers, in no order. */
  fetchDocuments(
    ref: CollectionRef,
    wanted: { shard: number; ids: string[] }[],
    deadlineMs: number,
  ): Promise<FetchAnswer>;
  /** Documents after `afterId` ("" for the first page), until the page is full. */
  exportPage(ref: CollectionRef, shard: number, afterId: string, deadlineMs: number): Promise<ExportPage>;
  search(ref: CollectionRef, shards: number[], plan: SearchPlan, deadlineMs: number): Promise<BranchAnswer>;
  /** Asks one leaf, and no other in its place: a `LeafQuestion` and a `LeafErrand`, both as JSON. */
  askLeaf(leaf: LeafName, question: string, errand: string): Promise<Packed<LeafAnswer>>;
  /** Tells a leaf that nobody waits for the answer to a request of that name. */
  cancelLeaf(leaf: LeafName, requestId: string): Promise<void>;
  /** As `search`, over matches that are known: those of a shard each. */
  searchMatches(
    ref: CollectionRef,
    matched: MatchedDocuments[],
    plan: SearchPlan,
    deadlineMs: number,
  ): Promise<BranchAnswer>;
  /** Has these shards push what term leaves lack: what each has reached, as far as it answers. */
  shipTerms(
    ref: CollectionRef,
    shards: number[],
    deadlineMs: number,
  ): Promise<{ shard: number; sequence: number }[]>;
  /** Runs a function over the shards' documents; what their leaves answer is reduced. */
  scatter(question: BranchScatterQuestion): Promise<BranchScatterAnswer>;
  /** Runs a function over one leaf's documents, and over no other's in its place. */
  scatterLeaf(
    leaf: LeafName,
    ref: CollectionRef,
    plan: ScatterPlan,
    errand: ScatterErrand,
  ): Promise<LeafScatterAnswer>;
  stats(ref: CollectionRef, shards: number[], deadlineMs: number): Promise<Result<{ shards: ShardStats[] }>>;
  /** Deletes leaves that the Catalog no longer knows: of each of the shards these replicas, of a generation (the first). */
  purge(collectionId: string, shards: number[], replicas: number[], generation?: number): Promise<void>;
}

/** A branch over RPC. */
export interface BranchRpc extends Omit<BranchApi, "search"> {
  /** A `BranchQuestion` as JSON. */
  search(question: string): Promise<Packed<BranchAnswer>>;
}
