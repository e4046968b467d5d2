/**
 * What an isolate has learnt about the leaves that it asks. It outlives requests, is bounded, and is only ever advice:
 * an isolate that knows nothing gives the same answers.
 */
import { Budget } from "./budget.ts";
import { Latencies } from "./latencies.ts";
import {
  COLLECTIONS_MAX,
  HEDGE_BURST,
  HEDGE_DELAY_MS_MIN,
  HEDGE_DELAY_MS_UNKNOWN,
  LATENCIES_MIN,
  OPERATIONS_MAX,
  RETRY_BURST,
  SCATTER_POLICY,
  type ScatterPolicy,
} from "./limits.ts";
import { ReplicaHealth } from "./replica-health.ts";

/** The kinds of calls: they take different times, and are hedged by their own. A scatter's is its function's, by version. */
export type LeafOperation = "search" | "getDocument" | "fetchDocuments" | "exportPage" | `scatter ${string}`;

/** A call that takes as long as what was asked for, which says nothing of how responsive a replica is. */
export function isWork(operation: LeafOperation): boolean {
  return operation.startsWith("scatter ");
}

/** One collection as this isolate has met it. */
export class CollectionExperience {
  readonly policy: ScatterPolicy;
  readonly hedges: Budget;
  readonly retries: Budget;
  private readonly shards = new Map<number, ReplicaHealth[]>();
  private readonly latencies = new Map<LeafOperation, Latencies>();

  constructor(policy: ScatterPolicy = SCATTER_POLICY) {
    this.policy = policy;
    this.hedges = new Budget(policy.hedgeShare, policy.hedgeShare === 0 ? 0 : HEDGE_BURST);
    this.retries = new Budget(policy.retryShare, policy.retryShare === 0 ? 0 : RETRY_BURST);
  }

  /** The replicas of a shard, as many as there are now. */
  replicasOf(shard: number, count: number): readonly ReplicaHealth[] {
    let replicas = this.shards.get(shard);
    if (replicas === undefined) {
      this.shards.set(shard, (replicas = []));
      // Each shard may have a replica that hangs, and all of them may be met in one search.
      if (this.policy.hedgeShare > 0) this.hedges.widen();
    }
    while (replicas.length < count) replicas.push(new ReplicaHealth(replicas.length));
    replicas.length = count;
    return replicas;
  }

  latenciesOf(operation: LeafOperation): Latencies {
    let latencies = this.latencies.get(operation);
    if (latencies === undefined) {
      const oldest = this.latencies.keys().find(isWork);
      if (this.latencies.size >= OPERATIONS_MAX && oldest !== undefined) this.latencies.delete(oldest);
      this.latencies.set(operation, (latencies = new Latencies()));
    }
    return latencies;
  }

  /** How long a call may take, in ms, before it is hedged. */
  hedgeDelayMs(operation: LeafOperation): number {
    const latencies = this.latenciesOf(operation);
    if (latencies.count < LATENCIES_MIN) return HEDGE_DELAY_MS_UNKNOWN;
    return Math.max(HEDGE_DELAY_MS_MIN, latencies.quantile(this.policy.hedgeQuantile));
  }
}

export class ScatterState {
  private readonly collections = new Map<string, CollectionExperience>();

  /** The experience with a collection; with the most of them known, the one that was asked for longest ago is forgotten. */
  of(collectionId: string): CollectionExperience {
    const known = this.collections.get(collectionId) ?? new CollectionExperience();
    this.collections.delete(collectionId);
    this.collections.set(collectionId, known);
    const [oldest] = this.collections.keys();
    if (this.collections.size > COLLECTIONS_MAX && oldest !== undefined) this.collections.delete(oldest);
    return known;
  }
}
