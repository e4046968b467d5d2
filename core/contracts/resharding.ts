/**
 * A collection on its way to another number of shards. Beside the leaves that serve it, a second generation of leaves is built: one
 * for each new shard, filled from the old ones and kept up with their logs. Nobody reads the new leaves, until the Catalog
 * puts them in the others' place in one step (docs/resharding.md).
 */
import type { Collection } from "../collection.ts";
import type { Result } from "../errors.ts";
import type { Purge } from "./catalog.ts";

/** A generation of leaves that is being built. */
export interface Building {
  generation: number;
  shards: number;
}

/**
 * `copy`: documents go into the new leaves. `catch-up`: what was written meanwhile follows. `hand-over`: writes wait, the last of them
 * follow, and the new leaves take over. `drop`: the old leaves' data is deleted. `undo`: the new leaves' is.
 */
export const RESHARD_STEPS = ["copy", "catch-up", "hand-over", "drop", "undo", "done", "undone"] as const;
export type ReshardStep = (typeof RESHARD_STEPS)[number];

/** Where a resharding is; the Catalog has the only true one. */
export interface Reshard {
  /** Of the leaves that are, or were, built. */
  generation: number;
  from: number;
  to: number;
  step: ReshardStep;
  paused: boolean;
  /** Why it does not get on, or did not at last. */
  problem?: string;
  /** Documents that the new leaves have, and that there are, as of the last look. */
  copied: number;
  documents: number;
  startedAt: string;
  endedAt?: string;
}

/** A collection with its latest resharding. */
export interface Resharding {
  collection: Collection;
  reshard: Reshard;
}

/** What users ask for. */
export type ReshardCommand =
  | { kind: "begin"; shards: number }
  | { kind: "pause" }
  | { kind: "resume" }
  | { kind: "undo" };

/**
 * What the coordinator has found, each true of one state alone: it names the epoch, or the generation, that it is about, and changes
 * nothing when there is another by now.
 */
export type ReshardReport =
  | { kind: "progress"; generation: number; copied: number; documents: number; problem?: string }
  /** It can't go on by itself: it is paused, with the reason. */
  | { kind: "stuck"; generation: number; problem: string }
  /** All new leaves have all documents, as of some moment. */
  | { kind: "copied"; epoch: number }
  /** They lag behind by little: the hand-over may begin. */
  | { kind: "caught-up"; epoch: number }
  | { kind: "hand-over-failed"; epoch: number; problem: string }
  /**
   * Every old leaf takes no writes at this epoch, and the new ones have all that they took. `floors`: by new shard, the sequence
   * that its replicas must have reached to serve.
   */
  | { kind: "handed-over"; epoch: number; floors: Record<number, number> }
  /** The data of the leaves that are not used any more is gone. */
  | { kind: "dropped"; generation: number };

/** The reshardings' part of the Catalog. */
export interface ReshardCatalogApi {
  /** The latest of a collection; null: there is none. */
  getReshard(name: string): Promise<Resharding | null>;
  changeReshard(name: string, command: ReshardCommand): Promise<ReshardChanged>;
  /** For whoever drives it. */
  getReshardById(collectionId: string): Promise<Resharding | null>;
  reportReshard(collectionId: string, report: ReshardReport): Promise<Resharding | null>;
  /** Ids of collections whose resharding is not over. */
  listReshards(): Promise<string[]>;
}

export type ReshardChanged = Result<{ purge?: Purge } & Resharding>;

/** Whether nothing more is to be done. */
export function isOver({ step }: Reshard): boolean {
  return step === "done" || step === "undone";
}
