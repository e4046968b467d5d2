import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { CollectionRef } from "../../../core/contracts/search.ts";
import { Gate } from "../../../shard-workers/leaf/gate.ts";

const place = { collectionId: "c", shard: 0, replica: 0, generation: 0 };
const quiet: CollectionRef = { id: "c", epoch: 1, replicas: 2 };
const late: CollectionRef = {
  ...quiet,
  faults: {
    revision: "r",
    seed: 1,
    rules: [{ collection: "films", delayMs: 100 }],
    hedge: true,
    retry: true,
  },
};

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Admits a read, and says what became of it. */
async function admit(gate: Gate, ref: CollectionRef, read: { requestId?: string; deadlineMs?: number }) {
  const admitted = await gate.admit(ref, read);
  return "ok" in admitted ? admitted.code : admitted()?.code;
}

it("lets a read in at once where nothing is to go wrong", async () => {
  expect(await admit(new Gate(place), quiet, {})).toBeUndefined();
  expect(vi.getTimerCount()).toBe(0);
});

it("refuses a read whose time has passed while it waited", async () => {
  const admitting = admit(new Gate(place), late, { deadlineMs: 50 });
  await vi.advanceTimersByTimeAsync(100);
  expect(await admitting).toBe("deadline-exceeded");
});

it("refuses a read that was called off, before it came or while it waited", async () => {
  const gate = new Gate(place);
  gate.cancel("early");
  expect(await admit(gate, quiet, { requestId: "early" })).toBe("cancelled");

  const admitting = admit(gate, late, { requestId: "waiting" });
  await vi.advanceTimersByTimeAsync(1);
  gate.cancel("waiting");
  expect(await admitting).toBe("cancelled");
});

it("remembers the faults of the last request, for what the leaf says by itself", async () => {
  const gate = new Gate(place);
  const striking = gate.strike("before-write", late);
  await vi.advanceTimersByTimeAsync(100);
  await striking;
  expect(gate.faults).toEqual(late.faults);

  await gate.strike("before-read", quiet);
  expect(gate.faults).toBeUndefined();
});

it("makes a read wait for the part of a leaf's work that it is", async () => {
  const work = { ...late.faults, revision: "work", rules: [{ collection: "films", workMs: 1_000 }] };
  const ref = { ...late, faults: { seed: 0, hedge: true, retry: true, ...work } };
  let admitted = 0;
  const count = () => {
    admitted += 1;
  };
  const gate = new Gate(place);
  void gate.admit(ref, { part: 1 }).then(count);
  void gate.admit(ref, { part: 0.1 }).then(count);
  void gate.admit(ref, {}).then(count);
  for (const [ms, expected] of [
    [50, 1],
    [100, 2],
    [1_000, 3],
  ] as const) {
    await vi.advanceTimersByTimeAsync(ms);
    expect(admitted).toBe(expected);
  }
});
