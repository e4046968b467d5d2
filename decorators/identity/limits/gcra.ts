/**
 * Limits as the generic cell rate algorithm keeps them: one number a key, the time at which all of it is back. As a token bucket
 * of `burst` tokens, of which one comes back every `refillMs`.
 */
import { failure, type Failure, type UsedLimit } from "../../../core/errors.ts";

export interface LimitPolicy {
  /** How it is called in `RateLimit-Policy`. */
  name: string;
  burst: number;
  /** How long until one more is to be had. */
  refillMs: number;
}

/** How a limit stands, as `RateLimit` and `Retry-After` say it. */
export interface LimitState {
  /** How many more are to be had at once. */
  remaining: number;
  /** How long until all of it is back. */
  resetMs: number;
  /** How long until one is to be had; 0: at once. */
  retryMs: number;
}

export type LimitVerdict = LimitState & {
  allowed: boolean;
  /** When all of it is back, epoch milliseconds: what is kept. */
  fullAt: number;
};

/**
 * Takes one, if there is one.
 * @param fullAt what was kept, 0 if nothing
 */
export function takeOne(policy: LimitPolicy, fullAt: number, now: number): LimitVerdict {
  const taken = Math.max(fullAt, now) + policy.refillMs;
  const allowed = taken - now <= policy.burst * policy.refillMs;
  const kept = allowed ? taken : fullAt;
  return { allowed, fullAt: kept, ...limitState(policy, kept, now) };
}

/** Gives one back: what it was taken for does not count. */
export function giveBack({ refillMs }: LimitPolicy, fullAt: number): number {
  return fullAt - refillMs;
}

export function limitState({ burst, refillMs }: LimitPolicy, fullAt: number, now: number): LimitState {
  const resetMs = Math.max(0, fullAt - now);
  const used = Math.ceil(resetMs / refillMs);
  const remaining = Math.max(0, burst - used);
  return { remaining, resetMs, retryMs: remaining > 0 ? 0 : resetMs - (burst - 1) * refillMs };
}

/** The answer to whoever met a limit that is used up. */
export function limited({ name, burst, refillMs }: LimitPolicy, retryMs: number, message: string): Failure {
  return tooMany({ policy: name, quota: burst, windowMs: burst * refillMs, retryMs }, message);
}

/** The answer where something may be tried so often, and was. */
export function tooMany(limit: UsedLimit, message: string): Failure {
  return { ...failure("rate-limited", message), limit };
}
