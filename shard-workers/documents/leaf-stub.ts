/** Leaves as branches see them. */
import type {
  ExportPage,
  StoredDocument,
  WriteOperation,
  WriteOutcome,
} from "../../core/contracts/documents.ts";
import type { LeafScatterAnswer, ScatterErrand, ScatterPlan } from "../../core/contracts/scatter.ts";
import type { CollectionRef, LeafAnswer, SearchPlan } from "../../core/contracts/search.ts";
import type { MatchedDocuments } from "../../core/contracts/terms.ts";
import type { ReadOptions } from "../../core/contracts/read-options.ts";
import type { Result } from "../../core/errors.ts";
import type { Packed } from "../../core/search-wire.ts";
import type { MovePiece, MoveProgress, MoveRequest } from "./resharding/messages.ts";
import type { PullAnswer, PullRequest, Push, PushAnswer, ReplicaCondition } from "./replication/messages.ts";

/** The replica that writes go to, and that the others follow. */
export const PRIMARY = 0;

/**
 * Where the replicas beside the primary are asked to live: a Durable Object is made near its first caller, and with these
 * hints a shard's copies are in several regions, so that none takes them all along, and readers find one near them
 * (Durable Objects: Data location). The primary has none, to be near who writes first.
 */
const REPLICA_REGIONS: readonly DurableObjectLocationHint[] = ["weur", "enam", "apac", "wnam"];

export type LeafWriteAnswer = Result<{ outcomes: WriteOutcome[]; sequence: number; rowsWritten: number }>;
export type LeafStats = Result<{
  documents: number;
  bytes: number;
  sequence: number;
  condition: ReplicaCondition;
}>;

/** What a leaf answers over RPC. */
export interface LeafApi {
  write(ref: CollectionRef, operations: WriteOperation[]): Promise<LeafWriteAnswer>;
  getDocument(
    ref: CollectionRef,
    id: string,
    read?: ReadOptions,
  ): Promise<Result<{ document: StoredDocument | null }>>;
  /** Of the wanted documents those that exist, at least one, as far as a message has room. */
  fetchDocuments(
    ref: CollectionRef,
    ids: string[],
    read?: ReadOptions,
  ): Promise<Result<{ documents: StoredDocument[] }>>;
  exportPage(ref: CollectionRef, afterId: string, read?: ReadOptions): Promise<ExportPage>;
  /** `question`: a `LeafQuestion` as JSON, `errand` a `LeafErrand`. */
  search(question: string, errand: string): Promise<Packed<LeafAnswer>>;
  /** What matches is known, and its scores: which of it passes the filter, in the plan's order, and what it adds up to. */
  searchMatches(
    ref: CollectionRef,
    plan: SearchPlan,
    matched: MatchedDocuments,
    read?: ReadOptions,
  ): Promise<LeafAnswer>;
  /** Pushes what term leaves lack; answers when they have it, or have not taken it. */
  shipTerms(ref: CollectionRef): Promise<Result<{ sequence: number }>>;
  /** Runs a function over the documents that match. */
  scatter(ref: CollectionRef, plan: ScatterPlan, errand: ScatterErrand): Promise<LeafScatterAnswer>;
  /** A leaf that serves no reads says how it is, too. */
  stats(ref: CollectionRef, read?: ReadOptions): Promise<LeafStats>;
  /** Nobody waits for the read of that name any longer. */
  cancel(requestId: string): Promise<void>;
  /** From the primary: what this replica lacks. */
  push(push: Push): Promise<PushAnswer>;
  /** To the primary: what a replica lacks. */
  pull(request: PullRequest): Promise<PullAnswer>;
  /** To a leaf that is being built: it takes what an old one has for it, a piece more. `ref` means the new leaves. */
  moveIn(ref: CollectionRef, source: number): Promise<Result<MoveProgress>>;
  /** From a leaf that is being built: what it lacks of this one's documents. */
  moveOut(request: MoveRequest): Promise<Result<{ piece: MovePiece }>>;
  /** From now on it takes no writes of this epoch. */
  fence(ref: CollectionRef): Promise<Result<object>>;
  /** Forgets everything. The next request finds a leaf that has never been. */
  purge(): Promise<void>;
}

/**
 * A replica of a shard. Its Durable Object is named by the collection's id, since a name can come again; and, unless it is of the leaves that the
 * collection was made with, by their generation.
 */
export function leafStub(
  env: DocumentsBindings,
  collectionId: string,
  shard: number,
  replica: number,
  generation = 0,
): LeafApi {
  const locationHint =
    replica === PRIMARY ? undefined : REPLICA_REGIONS[(replica - 1) % REPLICA_REGIONS.length];
  const name = `${collectionId}/${shard}/${replica}`;
  return env.LEAF.getByName(
    generation === 0 ? name : `${name}/${generation}`,
    locationHint === undefined ? {} : { locationHint },
  );
}
