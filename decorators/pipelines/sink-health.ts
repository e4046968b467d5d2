/**
 * How a webhook fares, and what follows: one that fails is paused, so that events wait for it rather than die at it, and is
 * probed until it answers. Pure: time comes in.
 */

export interface SinkHealth {
  /** `active`: it is sent to. `paused`: it fails, and only retries and probes are sent. `disabled`: nothing is. */
  state: "active" | "paused" | "disabled";
  /** Epoch milliseconds of the state's beginning. */
  since: number;
  /** Failures without a success between them. */
  failures: number;
  /** What went wrong last. */
  error?: string;
  /** When the next probe may be sent, while it is paused; and how many have failed. */
  probeAt?: number;
  probes?: number;
}

/** What a batch has found out about a sink. */
export interface SinkReport {
  delivered: number;
  failed: number;
  error?: string;
  /** It has answered 410: it wants nothing more, ever. */
  gone?: true;
  /** An event has failed as often as it may. */
  gaveUp?: true;
}

/** Failures in a row after which it is taken to be down. */
export const PAUSE_AFTER_FAILURES = 10;

/** The wait before the first probe; it doubles with each that fails, up to the longest. */
export const PROBE_FIRST_MS = 30_000;
export const PROBE_MAX_MS = 3600_000;

/** After so long nobody waits for it any more: what waited is dead, and can be replayed. */
export const DISABLE_AFTER_MS = 5 * 24 * 3600_000;

/** How long one who sends a probe has before another is sent. */
const PROBE_LEASE_MS = 30_000;

export function healthy(now: number): SinkHealth {
  return { state: "active", since: now, failures: 0 };
}

export function afterReport(before: SinkHealth, report: SinkReport, now: number): SinkHealth {
  const { failed, delivered, error = before.error, gone, gaveUp } = report;
  const told = error === undefined ? {} : { error };
  if (gone === true) return { state: "disabled", since: now, failures: before.failures + failed, ...told };
  if (before.state === "disabled") return before;
  if (delivered > 0) return before.state === "active" ? { ...healthy(before.since) } : healthy(now);
  if (failed === 0) return before;
  const failures = before.failures + failed;
  if (before.state === "active") {
    if (gaveUp !== true && failures < PAUSE_AFTER_FAILURES) return { ...before, ...told, failures };
    return { state: "paused", since: now, failures, ...told, probeAt: now + PROBE_FIRST_MS, probes: 0 };
  }
  if (now - before.since >= DISABLE_AFTER_MS) return { state: "disabled", since: now, failures, ...told };
  const probes = (before.probes ?? 0) + 1;
  const probeAt = now + Math.min(PROBE_FIRST_MS * 2 ** probes, PROBE_MAX_MS);
  return { ...before, ...told, failures, probes, probeAt };
}

/** Whether a probe may be sent now; then whoever asked sends it, and others wait. */
export function startProbe(
  health: SinkHealth,
  now: number,
): { probe: true; health: SinkHealth } | { probe: false } {
  if (health.state !== "paused" || now < (health.probeAt ?? 0)) return { probe: false };
  return { probe: true, health: { ...health, probeAt: now + PROBE_LEASE_MS } };
}
