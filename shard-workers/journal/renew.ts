/** What of a delivery is to be handed over once more, and the leases on which it goes. Pure but for what it is given. */
import { leaseMs, patienceMs } from "./lease.ts";
import type { Delivery } from "./progress.ts";
import { ALONE_AFTER_HANDOVERS, ALONE_RUN_MAX_MS, PARK_MS } from "./limits.ts";
import type { Troubles } from "./store.ts";

export interface DueEvent {
  index: number;
  failures: number;
  waits: number;
}

export interface Moment {
  now: number;
  /** What confirmations took of late. */
  latencyMs: number;
  /** In [0, 1), a new one at each call. */
  random: () => number;
  /** Pipelines whose events wait for a budget. */
  parked: ReadonlySet<string>;
}

/**
 * The events whose lease has ended. Their leases are renewed in `delivery` and `troubles`, which the caller writes
 * before it hands the events over: a crash in between costs a lease, and no event.
 */
export function renewLeases(delivery: Delivery, troubles: Troubles, moment: Moment): DueEvent[] {
  if (moment.parked.has(delivery.pipeline)) {
    park(delivery, moment.now);
    return [];
  }
  suspectUnheard(delivery, troubles, moment);
  return [...renewUnheard(delivery, moment), ...renewFailed(delivery, troubles, moment)];
}

/** What would be handed over waits for a while instead, and counts as handed over by nobody. */
function park(delivery: Delivery, now: number): void {
  const { marks, dueAt, retryAt } = delivery;
  if (dueAt <= now && marks.includes(".")) {
    // Nothing was heard of it, since nobody had it: that is no reason to suspect it.
    delivery.handed = 0;
    delivery.dueAt = now + PARK_MS;
  }
  if (retryAt <= now && marks.includes("r")) delivery.retryAt = now + PARK_MS;
}

/**
 * What was handed over in vain too often is from now on handed over to be run alone: one of these events may be what
 * ends their consumer, and no other is to go down with it.
 */
function suspectUnheard(delivery: Delivery, troubles: Troubles, { now, latencyMs }: Moment): void {
  const isLate = delivery.dueAt <= now && delivery.handedAt + patienceMs(latencyMs) <= now;
  if (!isLate || delivery.handed < ALONE_AFTER_HANDOVERS) return;
  for (const [index, mark] of delivery.marks.entries()) {
    if (mark !== ".") continue;
    const error = `It was handed over ${delivery.handed} times, and nothing was heard of it.`;
    const { failures, waits, history, done } = troubles[index] ?? { failures: 0, waits: 0 };
    troubles[index] = {
      failures,
      waits,
      error,
      ...(history === undefined ? {} : { history }),
      ...(done === undefined ? {} : { done }),
      alone: { starts: 0, startedAt: 0 },
      handed: 0,
      dueAt: now,
    };
    delivery.marks[index] = "r";
    delivery.retryAt = now;
  }
}

function renewUnheard(delivery: Delivery, { now, latencyMs, random }: Moment): DueEvent[] {
  if (delivery.dueAt > now || !delivery.marks.includes(".")) return [];
  const patientUntil = delivery.handedAt + patienceMs(latencyMs);
  if (patientUntil > now) {
    delivery.dueAt = patientUntil;
    return [];
  }
  delivery.handed++;
  delivery.handedAt = now;
  delivery.dueAt = now + leaseMs(delivery.handed, latencyMs, random());
  return delivery.marks.flatMap((mark, index) => (mark === "." ? [{ index, failures: 0, waits: 0 }] : []));
}

function renewFailed(delivery: Delivery, troubles: Troubles, { now, latencyMs, random }: Moment): DueEvent[] {
  if (delivery.retryAt > now || !delivery.marks.includes("r")) return [];
  const due: DueEvent[] = [];
  let retryAt = Number.POSITIVE_INFINITY;
  for (const [index, mark] of delivery.marks.entries()) {
    const trouble = troubles[index];
    if (mark !== "r" || trouble === undefined) continue;
    if (trouble.dueAt <= now) {
      due.push({ index, failures: trouble.failures, waits: trouble.waits });
      trouble.handed++;
      const runMs = trouble.alone === undefined ? 0 : ALONE_RUN_MAX_MS;
      trouble.dueAt = now + runMs + leaseMs(trouble.handed, latencyMs, random());
    }
    retryAt = Math.min(retryAt, trouble.dueAt);
  }
  delivery.retryAt = retryAt;
  return due;
}
