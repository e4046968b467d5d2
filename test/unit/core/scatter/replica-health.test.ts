import { describe, expect, it } from "vitest";
import { CANARY_MS_MAX, PROBATION_MS_MAX, PROBATION_MS_MIN } from "../../../../core/scatter/limits.ts";
import { ReplicaHealth } from "../../../../core/scatter/replica-health.ts";

/** A call that ended the way it says, after some time. */
function call(
  health: ReplicaHealth,
  sentAt: number,
  tookMs: number,
  how: "answered" | "failed" | "lost" = "answered",
): void {
  const sent = { sentAt };
  health.sent(sent, sentAt);
  if (how === "answered") health.answered(sent, sentAt + tookMs);
  else if (how === "failed") health.failed(sent, sentAt + tookMs);
  else health.abandoned(sent, sentAt + tookMs, true);
}

describe("a replica's score", () => {
  it("is its average latency times the calls that a new one would share it with", () => {
    const health = new ReplicaHealth(0);
    call(health, 1_000, 10);
    expect(health.score(1_010)).toBeCloseTo(10);

    health.sent({ sentAt: 1_010 }, 1_010);
    health.sent({ sentAt: 1_010 }, 1_010);
    expect(health.score(1_010)).toBeCloseTo(30);
  });

  it("is none of how long functions take, answered or not", () => {
    const health = new ReplicaHealth(0);
    call(health, 1_000, 10);
    for (const end of ["answered", "abandoned"] as const) {
      const sent = { sentAt: 1_010 };
      health.sent(sent, 1_010);
      if (end === "answered") health.answered(sent, 1_011, true);
      else health.abandoned(sent, 1_011, false, true);
    }
    expect(health.score(1_010)).toBeCloseTo(10);
  });

  it("fades to half in a second, so that what was slow is tried again", () => {
    const health = new ReplicaHealth(0);
    call(health, 0.001, 400);
    const soon = health.score(400);

    expect(health.score(1_400)).toBeCloseTo(soon / 2);
    expect(health.score(60_000)).toBe(0.5);
  });

  it("forgets calls that nobody saw the end of, when any deadline has passed", () => {
    const health = new ReplicaHealth(0);
    health.sent({ sentAt: 0 }, 0);

    expect(health.inFlight(30_999)).toBe(1);
    expect(health.inFlight(31_001)).toBe(0);
  });
});

describe("probation", () => {
  it("begins with a failure, and is longer each time that the canary fails", () => {
    const health = new ReplicaHealth(0);
    const waits: number[] = [];
    for (let now = 1_000, n = 0; n < 8; n++) {
      call(health, now, 5, "failed");
      waits.push(health.triedAgainAt - (now + 5));
      now = health.triedAgainAt;
    }

    expect(waits.slice(0, 3)).toEqual([PROBATION_MS_MIN, 2 * PROBATION_MS_MIN, 4 * PROBATION_MS_MIN]);
    expect(waits.at(-1)).toBe(PROBATION_MS_MAX);
  });

  it("is not longer for failures of calls that were on their way when it began", () => {
    const health = new ReplicaHealth(0);
    const calls = Array.from({ length: 50 }, () => ({ sentAt: 1_000 }));
    for (const sent of calls) health.sent(sent, 1_000);
    for (const sent of calls) health.failed(sent, 1_010);

    expect(health.triedAgainAt).toBe(1_010 + PROBATION_MS_MIN);
  });

  it("puts the next canary off when one is sent, and ends when it is answered", () => {
    const health = new ReplicaHealth(0);
    call(health, 1_000, 0, "failed");
    const canary = { sentAt: 2_000 };
    health.sent(canary, 2_000);
    expect(health.triedAgainAt).toBe(2_000 + PROBATION_MS_MIN);

    health.answered(canary, 2_003);
    expect(health.onProbation).toBe(false);
    expect(health.triedAgainAt).toBe(-Infinity);
  });

  it("does not end with an answer to a call from before the failure", () => {
    const health = new ReplicaHealth(0);
    const early = { sentAt: 900 };
    health.sent(early, 900);
    call(health, 1_000, 0, "failed");
    health.answered(early, 1_001);

    expect(health.onProbation).toBe(true);
  });

  it("begins, too, for what loses to a hedge and answers nothing meanwhile; any answer ends it", () => {
    const health = new ReplicaHealth(0);
    const other = { sentAt: 999 };
    health.sent(other, 999);
    call(health, 1_000, 20, "lost");
    expect([health.onProbation, health.isSilent]).toEqual([true, true]);
    expect(health.triedAgainAt).toBe(1_020 + PROBATION_MS_MIN);

    health.answered(other, 1_030);
    expect([health.onProbation, health.isSilent]).toEqual([false, false]);
  });

  it("does not for what was slow with one call, and answered another", () => {
    const health = new ReplicaHealth(0);
    const slow = { sentAt: 1_000 };
    health.sent(slow, 1_000);
    call(health, 1_005, 5);
    health.abandoned(slow, 1_020, true);

    expect(health.onProbation).toBe(false);
  });

  it("is one in earnest for what loses to its hedges three times in a row, whatever it answers", () => {
    const health = new ReplicaHealth(0);
    const slow = [1, 2, 3].map((n) => ({ sentAt: 1_000 + n }));
    for (const lost of slow) health.sent(lost, lost.sentAt);
    for (const lost of slow) health.abandoned(lost, 1_020, true);

    expect([health.onProbation, health.isSilent]).toEqual([true, false]);
  });

  it("lets a canary come to its end before there is another", () => {
    const health = new ReplicaHealth(0);
    call(health, 1_000, 0, "failed");
    health.expectCanary(2_000);
    health.sent({ sentAt: 2_010 }, 2_010);

    expect(health.triedAgainAt).toBe(2_000 + CANARY_MS_MAX);
  });
});
