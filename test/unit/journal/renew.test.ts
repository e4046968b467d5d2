import { describe, expect, it } from "vitest";
import {
  ALONE_AFTER_HANDOVERS,
  ALONE_RUN_MAX_MS,
  LEASE_FIRST_MS,
  PARK_MS,
} from "../../../shard-workers/journal/limits.ts";
import { acceptedBatch, type Delivery, type Mark } from "../../../shard-workers/journal/progress.ts";
import { renewLeases } from "../../../shard-workers/journal/renew.ts";
import type { Troubles } from "../../../shard-workers/journal/store.ts";

const ACCEPTED_AT = 1_000_000;
const DUE_AT = ACCEPTED_AT + LEASE_FIRST_MS;

function delivery(marks: Mark[], change: Partial<Delivery> = {}): Delivery {
  const [first] = acceptedBatch(1, ACCEPTED_AT, marks.length, [{ pipeline: "p", version: 1 }]).deliveries;
  if (first === undefined) throw new Error("a batch has a delivery for each listener");
  return { ...first, marks, ...change };
}

const at = (now: number, latencyMs = 0, parked: string[] = []) => ({
  now,
  latencyMs,
  random: () => 0,
  parked: new Set(parked),
});

describe("events that were not heard of", () => {
  it("are left alone until their lease ends", () => {
    const waiting = delivery([".", "."]);

    expect(renewLeases(waiting, {}, at(DUE_AT - 1))).toEqual([]);
    expect(waiting).toEqual(delivery([".", "."]));
  });

  it("are handed over again then, on a lease twice as long, and the settled are not", () => {
    const lost = delivery([".", "d", "x", "."]);

    expect(renewLeases(lost, {}, at(DUE_AT))).toEqual([
      { index: 0, failures: 0, waits: 0 },
      { index: 3, failures: 0, waits: 0 },
    ]);
    expect(lost).toMatchObject({ handed: 2, handedAt: DUE_AT, dueAt: DUE_AT + 2 * LEASE_FIRST_MS });
    expect(renewLeases(lost, {}, at(DUE_AT + 1))).toEqual([]);
  });

  it("get more time, and no duplicates, from a pipeline that is slow but alive", () => {
    const slow = delivery(["."]);

    expect(renewLeases(slow, {}, at(DUE_AT, 8_000))).toEqual([]);
    expect(slow).toMatchObject({ handed: 1, handedAt: ACCEPTED_AT, dueAt: ACCEPTED_AT + 24_000 });
    expect(renewLeases(slow, {}, at(ACCEPTED_AT + 24_000, 8_000))).toHaveLength(1);
  });
});

describe("events of a pipeline that has used up its budget", () => {
  it("wait, however long that is, and are then handed over as for the first time", () => {
    const parked = delivery([".", "r", "d"], { retryAt: DUE_AT });
    const troubles: Troubles = { 1: { failures: 2, waits: 0, error: "e", handed: 0, dueAt: DUE_AT } };
    let now = DUE_AT;
    for (let n = 0; n < 2 * ALONE_AFTER_HANDOVERS; n++) {
      expect(renewLeases(parked, troubles, at(now, 0, ["p"]))).toEqual([]);
      now += PARK_MS;
      expect([parked.dueAt, parked.retryAt]).toEqual([now, now]);
    }
    expect(renewLeases(parked, troubles, at(now, 0, ["q"]))).toEqual([
      { index: 0, failures: 0, waits: 0 },
      { index: 1, failures: 2, waits: 0 },
    ]);
    expect(parked).toMatchObject({ handed: 1, dueAt: now + LEASE_FIRST_MS });
  });
});

describe("events that failed", () => {
  const troubles = (): Troubles => ({
    0: { failures: 1, waits: 0, error: "e", handed: 0, dueAt: DUE_AT },
    1: { failures: 3, waits: 2, error: "e", handed: 0, dueAt: DUE_AT + 5_000 },
    2: { failures: 1, waits: 0, error: "e", handed: 0, dueAt: DUE_AT },
  });

  it("are handed over each at its time, with their history", () => {
    const failed = delivery(["r", "r", "d"], { retryAt: DUE_AT });
    const known = troubles();

    expect(renewLeases(failed, known, at(DUE_AT))).toEqual([{ index: 0, failures: 1, waits: 0 }]);
    expect(failed.retryAt).toBe(DUE_AT + 5_000);
    expect(renewLeases(failed, known, at(DUE_AT + 5_000))).toEqual([{ index: 1, failures: 3, waits: 2 }]);
  });

  it("are then on a lease of their own, which grows too", () => {
    const failed = delivery(["r"], { retryAt: DUE_AT });
    const known = troubles();
    renewLeases(failed, known, at(DUE_AT));

    expect(known[0]).toMatchObject({ handed: 1, dueAt: DUE_AT + LEASE_FIRST_MS });
    expect(renewLeases(failed, known, at(DUE_AT + LEASE_FIRST_MS))).toHaveLength(1);
    expect(known[0]).toMatchObject({ handed: 2, dueAt: DUE_AT + 3 * LEASE_FIRST_MS });
  });

  it("do not wait for neighbours that are not due, nor make them due", () => {
    const mixed = delivery([".", "r"], { retryAt: DUE_AT - 5_000 });
    const known: Troubles = { 1: { failures: 1, waits: 0, error: "e", handed: 0, dueAt: DUE_AT - 5_000 } };

    expect(renewLeases(mixed, known, at(DUE_AT - 5_000))).toEqual([{ index: 1, failures: 1, waits: 0 }]);
    expect(mixed.handed).toBe(1);
  });
});

describe("events that were handed over in vain, again and again", () => {
  const often = (marks: Mark[]): Delivery => delivery(marks, { handed: ALONE_AFTER_HANDOVERS });

  it("are from then on handed over to be run alone, the settled excepted", () => {
    const suspects = often([".", "d", "."]);
    const troubles: Troubles = {};

    expect(renewLeases(suspects, troubles, at(DUE_AT))).toEqual([
      { index: 0, failures: 0, waits: 0 },
      { index: 2, failures: 0, waits: 0 },
    ]);
    expect(suspects.marks).toEqual(["r", "d", "r"]);
    // Handed over before a run can have ended, they would be skipped.
    const dueAt = DUE_AT + ALONE_RUN_MAX_MS + LEASE_FIRST_MS;
    expect(troubles[0]).toMatchObject({ alone: { starts: 0 }, handed: 1, dueAt });
    expect(troubles[1]).toBeUndefined();
  });

  it("are not suspected while their pipeline is only slow", () => {
    const troubles: Troubles = {};
    renewLeases(often(["."]), troubles, at(DUE_AT, 8_000));

    expect(troubles).toEqual({});
  });
});
