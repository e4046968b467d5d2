/** Faults that are injected on purpose, to show what becomes of them. They exist only where `UMBEL_FAULTS=1`. */

export const FAULT_STAGES = ["before-read", "before-write", "after-write", "replication"] as const;

/**
 * Where in a leaf a fault strikes: before a read, before a write, after a write is durable and before its answer, and before a
 * replica takes what the primary has written.
 */
export type FaultStage = (typeof FAULT_STAGES)[number];

/** What goes wrong, and where. */
export interface FaultRule {
  /** The collection's name. */
  collection: string;
  /** Absent: every shard, every replica, every stage. */
  shard?: number;
  replica?: number;
  stage?: FaultStage;
  /** The share of calls that fail, 0 to 1. A replica whose calls all fail is dead. */
  failRate?: number;
  /** How much later the share `delayRate` of the calls is served; without a rate, all of them. */
  delayMs?: number;
  delayRate?: number;
  /** How much later a read of all of a leaf's documents is served, and one of a part of them in proportion. */
  workMs?: number;
}

/** The rules that hold, as they travel with a collection's reference: all of its, or those that are left for one leaf. */
export interface FaultPlan {
  /** New for each plan: a leaf then begins to draw anew. */
  revision: string;
  seed: number;
  rules: FaultRule[];
  /** Whether branches hedge and retry in the collections of these rules; switched off to see what a naive fan-out does. */
  hedge: boolean;
  retry: boolean;
}
