/** What becomes of an event in a pipeline, and when one that failed is tried again. */
import { RETRY_ATTEMPTS_MAX, type RetryPolicy } from "../../core/contracts/pipelines.ts";
import { errorKind, type ErrorCode } from "../../core/errors.ts";
import { ATTEMPTS_MAX, BACKOFF_FIRST_MS, BACKOFF_MAX_MS, ERROR_CHARS_MAX } from "./limits.ts";

/**
 * - `rejected`: it can never pass.
 * - `failed`: it may pass another time. After `ATTEMPTS_MAX` runs, or as many as it or its pipeline says, it is taken not to.
 * - `waiting`: a part of the platform could not be had, which is not the event's fault: it is tried for ever.
 */
export interface Trouble {
  kind: "rejected" | "failed" | "waiting";
  error: string;
  /** Runs after which what failed is dead, instead of what the pipeline says. */
  attemptsMax?: number;
}

export type Outcome = { kind: "delivered" } | { kind: "filtered" } | Trouble;

/** What a failure that a sibling answered with means for the event. */
export function troubleOf(code: ErrorCode, error: string): Trouble {
  if (code === "internal") return { kind: "failed", error };
  return { kind: errorKind(code).retryable ? "waiting" : "rejected", error };
}

const GRAVITY = { delivered: 0, filtered: 0, waiting: 1, failed: 2, rejected: 3 } as const;

/** The outcome of an event of which several things became: one that went wrong outweighs those that went well. */
export function worst(a: Outcome, b: Outcome): Outcome {
  return GRAVITY[b.kind] > GRAVITY[a.kind] ? b : a;
}

/** What the journal is to be told. */
export type Verdict =
  | { kind: "delivered" | "filtered" }
  | { kind: "dead"; error: string }
  | { kind: "retry"; error: string; delayMs: number; waiting: boolean };

/** `before`: how the event has fared so far. `random` is in [0, 1). */
export function verdict(
  outcome: Outcome,
  before: { failures: number; waits: number },
  random: number,
  policy: RetryPolicy = {},
): Verdict {
  switch (outcome.kind) {
    case "delivered":
    case "filtered":
      return { kind: outcome.kind };
    case "rejected":
      return { kind: "dead", error: shorten(outcome.error) };
    case "failed": {
      const attemptsMax = Math.min(policy.attempts ?? ATTEMPTS_MAX, outcome.attemptsMax ?? RETRY_ATTEMPTS_MAX);
      if (before.failures + 1 >= attemptsMax) return { kind: "dead", error: shorten(outcome.error) };
      return retry(outcome, before.failures + 1, random, policy);
    }
    case "waiting":
      return retry(outcome, before.waits + 1, random, {});
  }
}

function retry({ kind, error }: Trouble, times: number, random: number, policy: RetryPolicy): Verdict {
  return {
    kind: "retry",
    error: shorten(error),
    delayMs: backoffMs(times, random, policy),
    waiting: kind === "waiting",
  };
}

/**
 * The wait after something went wrong for the `times`-th time (from 1): exponential, and half of it random, so that events that failed
 * together do not come back together ("equal jitter").
 */
export function backoffMs(times: number, random: number, policy: RetryPolicy = {}): number {
  const { firstDelayMs = BACKOFF_FIRST_MS, maxDelayMs = Math.max(BACKOFF_MAX_MS, firstDelayMs) } = policy;
  const full = Math.min(firstDelayMs * 2 ** (times - 1), maxDelayMs);
  return Math.round(full / 2 + (full / 2) * random);
}

function shorten(error: string): string {
  return error.length > ERROR_CHARS_MAX ? `${error.slice(0, ERROR_CHARS_MAX - 1)}…` : error;
}
