/** Which replica a call goes to. Pure, but for the random numbers that it is given. */
import type { ReplicaHealth } from "./replica-health.ts";

/**
 * The replica for a request's first call: of those that are well the better of two (Mitzenmacher, "The Power of Two Choices",
 * 2001), or else the one on probation that may be tried again first.
 */
export function chooseFirst(
  replicas: readonly ReplicaHealth[],
  now: number,
  random: () => number,
): ReplicaHealth | undefined {
  return betterOfTwo(wellOf(replicas), now, random) ?? nextOfTheIll(replicas);
}

/** The replica for a canary, beside a first call that goes to `first`: one on probation whose time has come. */
export function chooseCanary(
  replicas: readonly ReplicaHealth[],
  first: ReplicaHealth,
  now: number,
): ReplicaHealth | undefined {
  return replicas.find((health) => health !== first && health.onProbation && health.triedAgainAt <= now);
}

/**
 * The replica for a hedge: one that may be tried by `dueBy`, and is not busy with this question already. Only where all are,
 * one of them gets it again: what made one call slow need not make the next one slow.
 */
export function chooseHedge(
  replicas: readonly ReplicaHealth[],
  busy: ReadonlySet<ReplicaHealth>,
  { now, dueBy }: { now: number; dueBy: number },
  random: () => number,
): ReplicaHealth | undefined {
  const may = replicas.filter(({ triedAgainAt, isSilent }) => isSilent || triedAgainAt <= dueBy);
  const idle = may.filter((health) => !busy.has(health));
  const from = busy.size === replicas.length ? may : idle;
  return betterOfTwo(wellOf(from), now, random) ?? nextOfTheIll(from);
}

/**
 * The replica for another call after a failed one: another than the one that failed, one that was not asked before those that
 * were, one that is well before one on probation; undefined: there is no other.
 */
export function chooseRetry(
  replicas: readonly ReplicaHealth[],
  asked: ReadonlySet<ReplicaHealth>,
  failed: ReplicaHealth,
  now: number,
  random: () => number,
): ReplicaHealth | undefined {
  const others = replicas.filter((health) => health !== failed);
  const fresh = others.filter((health) => !asked.has(health));
  return (
    betterOfTwo(wellOf(fresh), now, random) ??
    nextOfTheIll(fresh) ??
    betterOfTwo(wellOf(others), now, random) ??
    nextOfTheIll(others)
  );
}

function wellOf(replicas: readonly ReplicaHealth[]): ReplicaHealth[] {
  return replicas.filter(({ onProbation }) => !onProbation);
}

function betterOfTwo(
  from: readonly ReplicaHealth[],
  now: number,
  random: () => number,
): ReplicaHealth | undefined {
  const first = Math.floor(random() * from.length);
  const second = (first + 1 + Math.floor(random() * (from.length - 1))) % from.length;
  const [a, b] = [from[first], from[second]];
  if (a === undefined || b === undefined) return a;
  return b.score(now) < a.score(now) ? b : a;
}

/** When all are ill, the one whose canary is due first. */
function nextOfTheIll(replicas: readonly ReplicaHealth[]): ReplicaHealth | undefined {
  return replicas.toSorted((a, b) => a.triedAgainAt - b.triedAgainAt)[0];
}
