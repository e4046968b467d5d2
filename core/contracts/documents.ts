/** What writes and reads of documents are between the Workers. Documents travel as JSON text: it clones fast, and
 * however deep it is nested, no stack overflows on the way. */
import type { Result } from "../errors.ts";

export interface PutOperation {
  kind: "put";
  id: string;
  json: string;
  ifVersion?: VersionCondition;
  /** The write of an event, which is made only if it is newer than the last such write of this document (`writeOrder`). */
  order?: string;
}

/** One change of one document, if that meets the condition `ifVersion`. */
export type WriteOperation =
  | PutOperation
  | { kind: "patch"; id: string; json: string; ifVersion?: VersionCondition }
  | { kind: "delete"; id: string; ifVersion?: VersionCondition };

/** The version that the document must have, or one of those; `*` any, and 0 none at all. */
export type VersionCondition = number | number[] | "*";

export type WriteOutcome = Result<{
  id: string;
  version: number;
  created: boolean;
  /** It was the write of an event, and what is there is as new or newer: nothing was written. */
  superseded?: true;
}>;

/** Everything that one shard is to write, in order, and all of it durable or none when the answer comes. */
export interface ShardWrites {
  shard: number;
  operations: WriteOperation[];
}

export type ShardWritesAnswer = { shard: number } & Result<{
  /** In the order of the operations. */
  outcomes: WriteOutcome[];
  /** The leaf's sequence after these writes. */
  sequence: number;
  rowsWritten: number;
}>;

export interface StoredDocument {
  id: string;
  version: number;
  json: string;
}

/** One page of an export, in the order of ids within a shard. `sequence`: what its replica had reached. */
export type ExportPage = Result<{ documents: StoredDocument[]; done: boolean; sequence: number }>;

/**
 * How a replica is: it has everything that the primary has; or lacks some of it; or copies all documents and serves no reads; or
 * its data is damaged; or it did not answer.
 */
export const REPLICA_STATES = ["current", "behind", "rebuilding", "corrupt", "unreachable"] as const;
export type ReplicaState = (typeof REPLICA_STATES)[number];

export interface ReplicaStats {
  replica: number;
  /** What it has reached; 0 where that is not known. */
  sequence: number;
  state: ReplicaState;
}

export interface ShardStats {
  shard: number;
  documents: number;
  bytes: number;
  sequence: number;
  replicas: ReplicaStats[];
}
