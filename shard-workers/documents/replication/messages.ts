/** What the replicas of a shard say to each other. */
import type { StoredDocument } from "../../../core/contracts/documents.ts";
import type { LogEntry, Position } from "../../../core/contracts/replication.ts";
import type { CollectionRef } from "../../../core/contracts/search.ts";
import type { Result } from "../../../core/errors.ts";

/** How a replica is: `serving` answers reads; the others do not until they have all documents again. */
export type ReplicaCondition = "serving" | "rebuilding" | "corrupt";

/** What a replica has, durably. */
export interface ReplicaStatus {
  position: Position;
  condition: ReplicaCondition;
}

/** From the primary to a replica: what it lacks, as far as the primary knows, and how far the primary was. */
export interface Push {
  ref: CollectionRef;
  entries: LogEntry[];
  head: Position;
  /** The primary does not recognise where the replica said to be: it is to ask, whatever it has. */
  ask: boolean;
}

export type PushAnswer = Result<ReplicaStatus>;

/** From a replica to the primary: where it is, and what it lacks. */
export interface PullRequest extends Whereabouts {
  ref: CollectionRef;
  replica: number;
}

/** Where a replica is. */
export interface Whereabouts {
  position: Position;
  /** In a copy that is not whole: the id up to which it has all documents, "" for none. */
  copiedTo?: string;
}

/**
 * A piece of a copy. The replica has the documents up to the id that it named, as they were at its position; it applies of
 * the entries what is about those, and adds the documents. Then it has the documents up to `copiedTo` (absent: all)
 * as they are at `position`.
 */
export interface CopyPiece {
  entries: LogEntry[];
  documents: StoredDocument[];
  position: Position;
  copiedTo?: string;
}

/** What the primary has for a replica; `head` is how far it was itself. */
export type Pulled =
  | { kind: "entries"; entries: LogEntry[]; head: Position }
  /** `anew`: whatever the replica had is not where this piece leads on from. */
  | { kind: "copy"; anew: boolean; piece: CopyPiece; head: Position };

export type PullAnswer = Result<{ pulled: Pulled }>;
