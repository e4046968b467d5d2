/** The numbers that the policies against stragglers and failures go by, each with its reason. */
import { DEADLINE_MS_MAX } from "../deadlines.ts";

export interface ScatterPolicy {
  /** Hedges a request brings, at most. 0: nobody hedges. */
  hedgeShare: number;
  /** Which quantile of the observed latencies a call may take before it is hedged. */
  hedgeQuantile: number;
  /** Retries a request brings, at most. 0: nobody retries. */
  retryShare: number;
}

/**
 * 5 % more calls at the 95th percentile: nearly all of the gain for a small price (Dean and Barroso, 2013). Retries are a
 * fifth, as in Finagle: enough for a replica that fails now and then, too little to double the load of a shard that is down.
 */
export const SCATTER_POLICY: ScatterPolicy = { hedgeShare: 0.05, hedgeQuantile: 0.95, retryShare: 0.2 };

/** Hedges before any were earned: a few searches' worth of stragglers. Each shard that is met brings one more. */
export const HEDGE_BURST = 20;

/**
 * Tokens that a call in its first wait leaves alone. The 95th percentile is passed by one call in 20, which is just what the bucket
 * earns, so it would often be empty; what is left is for calls that have waited twice as long, which are the stragglers.
 */
export const HEDGE_RESERVE = 10;

/** One scatter over the most shards that there are may meet a dead replica in each of them, before anybody knows. */
export const RETRY_BURST = 200;

/** A call shorter than this is not worth another: clocks tick in ms, and a call to a leaf takes some by itself. */
export const HEDGE_DELAY_MS_MIN = 10;

/** When a call is hedged before there are enough latencies to go by. */
export const HEDGE_DELAY_MS_UNKNOWN = 100;
export const LATENCIES_MIN = 20;

/** Calls to the replicas of one shard for one request: first, and three more for whatever reason. */
export const ATTEMPTS_MAX = 4;

/** Calls to one shard for one request at the same time. The third is for the request in 10,000 whose hedge is slow as well. */
export const SIDE_BY_SIDE_MAX = 3;

/** How much the newest latency counts in a replica's average. */
export const EWMA_WEIGHT = 0.3;

/** An average that nothing confirms fades, so that a replica that was slow is tried again: to half in this time. */
export const EWMA_HALF_LIFE_MS = 1_000;

/** After a failure a replica is left alone for this long, then longer each time its canary fails. */
export const PROBATION_MS_MIN = 250;
export const PROBATION_MS_MAX = 10_000;

/** A canary that has no answer by then has found a replica that hangs. */
export const CANARY_MS_MAX = 1_000;

/** A replica that lost to its hedges so often in a row hangs, and is treated as one that fails. */
export const LOST_TO_HEDGES_MAX = 3;

/** A call that was sent longer ago than any deadline has ended, even if nobody was there to see it. */
export const IN_FLIGHT_MS_MAX = DEADLINE_MS_MAX + 1_000;

/** Kinds of calls to one collection whose times are remembered, at 1 KB each: functions have many versions. */
export const OPERATIONS_MAX = 32;

/** Collections that an isolate remembers its experience with: a replica takes some 400 bytes, and the largest have 930. */
export const COLLECTIONS_MAX = 64;
