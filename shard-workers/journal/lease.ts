/** How long a pipeline has before what it was handed is handed over again. */
import { LEASE_FIRST_MS, LEASE_JITTER, LEASE_LATENCIES, LEASE_MAX_MS } from "./limits.ts";

/**
 * A lease in milliseconds, for events that are handed over for the `handed`-th time (from 1). `latencyMs` is what
 * confirmations took of late, 0 if unknown; `random` is in [0, 1).
 */
export function leaseMs(handed: number, latencyMs: number, random: number): number {
  const first = Math.max(LEASE_FIRST_MS, LEASE_LATENCIES * latencyMs);
  return Math.round(Math.min(first * 2 ** (handed - 1), LEASE_MAX_MS) * (1 + LEASE_JITTER * random));
}

/**
 * How long to leave events alone, counted from when they were handed over, whatever their lease says: a consumer that
 * confirms, but late, has a backlog, and they are in it.
 */
export function patienceMs(latencyMs: number): number {
  return Math.min(LEASE_LATENCIES * latencyMs, LEASE_MAX_MS);
}

/** The latency to go by, after a confirmation that took `observedMs`: up at once, down slowly. */
export function smoothLatency(currentMs: number, observedMs: number): number {
  return observedMs >= currentMs ? observedMs : currentMs * 0.8 + observedMs * 0.2;
}
