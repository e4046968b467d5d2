import { describe, expect, it } from "vitest";
import {
  chooseCanary,
  chooseFirst,
  chooseHedge,
  chooseRetry,
} from "../../../../core/scatter/choose-replica.ts";
import { ReplicaHealth } from "../../../../core/scatter/replica-health.ts";
import { seededRandom } from "../../../../core/seeded-random.ts";

const NOW = 100_000;

/** Replicas that took so long; `Infinity`: has failed just now, `-Infinity`: long ago, and may be tried again. */
function replicas(...tookMs: number[]): ReplicaHealth[] {
  return tookMs.map((ms, replica) => {
    const health = new ReplicaHealth(replica);
    const sentAt = ms === -Infinity ? 1 : NOW - (ms === Infinity ? 0 : ms);
    const sent = { sentAt };
    health.sent(sent, sentAt);
    if (Number.isFinite(ms)) health.answered(sent, NOW);
    else health.failed(sent, sentAt);
    return health;
  });
}

/** How often of a thousand times each is chosen. */
function shares(count: number, choose: (random: () => number) => ReplicaHealth | undefined): number[] {
  const random = seededRandom(1);
  const chosen = Array.from({ length: count }, () => 0);
  for (let n = 0; n < 1_000; n++) {
    const replica = choose(random)?.replica ?? -1;
    chosen[replica] = (chosen[replica] ?? 0) + 1;
  }
  return chosen;
}

const first = (from: ReplicaHealth[]) => chooseFirst(from, NOW, seededRandom(1))?.replica;
const none: ReadonlySet<ReplicaHealth> = new Set();

describe("the first replica", () => {
  it("is the better of two", () => {
    const two = replicas(20, 10);
    expect(shares(2, (random) => chooseFirst(two, NOW, random))).toEqual([0, 1_000]);
  });

  it("of three is never the worst, and not always the best: the others stay known", () => {
    const three = replicas(10, 20, 30);
    const [best = 0, middle = 0, worst] = shares(3, (random) => chooseFirst(three, NOW, random));

    expect(worst).toBe(0);
    expect(best).toBeGreaterThan(600);
    expect(middle).toBeGreaterThan(250);
  });

  it("among equals is any", () => {
    const chosen = shares(3, (random) => chooseFirst(replicas(10, 10, 10), NOW, random));
    for (const share of chosen) expect(share).toBeGreaterThan(250);
  });

  it("is not one on probation, even when that may be tried again", () => {
    expect(first(replicas(Infinity, 500))).toBe(1);
    expect(first(replicas(-Infinity, 500))).toBe(1);
  });

  it("is, where all are on probation, the one that may be tried again first", () => {
    expect(first(replicas(Infinity, -Infinity))).toBe(1);
  });

  it("of none is none", () => {
    expect(first([])).toBeUndefined();
  });
});

describe("the replica for a canary", () => {
  const canary = (from: ReplicaHealth[], beside: number) =>
    chooseCanary(from, from[beside] ?? new ReplicaHealth(9), NOW)?.replica;

  it("is one on probation whose time has come, and none where there is none", () => {
    expect(canary(replicas(-Infinity, 10), 1)).toBe(0);
    expect(canary(replicas(Infinity, 10), 1)).toBeUndefined();
    expect(canary(replicas(20, 10), 1)).toBeUndefined();
  });

  it("is not the one that is asked anyway", () => {
    expect(canary(replicas(-Infinity, Infinity), 0)).toBeUndefined();
  });
});

describe("the replica for a hedge", () => {
  const hedge = (from: ReplicaHealth[], busy: number[], dueBy = NOW) =>
    chooseHedge(
      from,
      new Set(from.filter(({ replica }) => busy.includes(replica))),
      { now: NOW, dueBy },
      Math.random,
    )?.replica;

  it("is another than the busy one, and well", () => {
    expect(hedge(replicas(10, 20), [0])).toBe(1);
    expect(hedge(replicas(10, Infinity, 30), [0])).toBe(2);
    expect(hedge(replicas(10, Infinity), [0])).toBeUndefined();
  });

  it("is one on probation when there is no other, for what is late enough", () => {
    expect(hedge(replicas(10, Infinity), [0], Infinity)).toBe(1);
  });

  it("may be one that was too slow once, and silent meanwhile", () => {
    const two = replicas(10, 20);
    const [, second] = two;
    const lost = { sentAt: NOW };
    second?.sent(lost, NOW);
    second?.abandoned(lost, NOW + 20, true);

    expect(second?.onProbation).toBe(true);
    expect(hedge(two, [0])).toBe(1);
  });

  it("is a busy one again when all are", () => {
    expect(hedge(replicas(10, 20), [0, 1])).toBe(0);
  });
});

describe("the replica for a retry", () => {
  const retry = (from: ReplicaHealth[], asked: number[], failed: number) =>
    chooseRetry(
      from,
      new Set(from.filter(({ replica }) => asked.includes(replica))),
      from[failed] ?? new ReplicaHealth(9),
      NOW,
      Math.random,
    )?.replica;

  it("is another than the one that failed, and rather one that was not asked, even one on probation", () => {
    expect(retry(replicas(Infinity, 10), [0], 0)).toBe(1);
    expect(retry(replicas(10, Infinity, Infinity), [0, 1], 1)).toBe(2);
  });

  it("is one that was asked, when all were, and never the one that has just failed", () => {
    expect(retry(replicas(Infinity, Infinity), [0, 1], 1)).toBe(0);
    expect(retry(replicas(Infinity), [0], 0)).toBeUndefined();
  });

  it("may be any before one was asked", () => {
    expect(chooseRetry(replicas(10), none, new ReplicaHealth(9), NOW, Math.random)?.replica).toBe(0);
  });
});
