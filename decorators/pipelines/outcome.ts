/** What becomes of an event in a pipeline, and when one that failed is tried again. */
import type { CloudEvent } from "../../core/cloudevents/event.ts";
import { RETRY_ATTEMPTS_MAX, type RetryPolicy } from "../../core/contracts/pipelines.ts";
import { errorKind, type ErrorCode } from "../../core/errors.ts";
import {
  ATTEMPTS_MAX,
  BACKOFF_FIRST_MS,
  BACKOFF_MAX_MS,
  ERROR_CHARS_MAX,
  SCHEDULE_JITTER,
} from "./limits.ts";

/** Where a run failed: the step by its place, and the event as it was when that step began. */
export interface FailedAt {
  step: number;
  use: string;
  event: CloudEvent;
}

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
  /** The waits after each failure, the last of which is followed by one more run; instead of what the pipeline says. */
  delaysMs?: readonly number[];
  /** The least to wait for what is waited for. */
  delayMs?: number;
  /** Absent: at a sink, or before the first step. */
  at?: FailedAt;
  /** It was in a step that runs a user's function, and so is that function's failure rather than the platform's. */
  inFunction?: true;
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
    case "failed":
      return afterFailure(outcome, before.failures + 1, random, policy);
    case "waiting": {
      const delayMs = Math.max(backoffMs(before.waits + 1, random), outcome.delayMs ?? 0);
      return { kind: "retry", error: shorten(outcome.error), delayMs, waiting: true };
    }
  }
}

/** `failures` counts this one. */
function afterFailure(trouble: Trouble, failures: number, random: number, policy: RetryPolicy): Verdict {
  const { delaysMs, attemptsMax = RETRY_ATTEMPTS_MAX } = trouble;
  const error = shorten(trouble.error);
  const runsMax = delaysMs === undefined ? (policy.attempts ?? ATTEMPTS_MAX) : delaysMs.length + 1;
  if (failures >= Math.min(runsMax, attemptsMax)) return { kind: "dead", error };
  const scheduledMs = delaysMs?.[failures - 1];
  const delayMs =
    scheduledMs === undefined
      ? backoffMs(failures, random, policy)
      : Math.round(scheduledMs * (1 + SCHEDULE_JITTER * random));
  return { kind: "retry", error, delayMs, waiting: false };
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
