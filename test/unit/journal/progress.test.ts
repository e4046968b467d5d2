import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Confirmation } from "../../../core/contracts/journal.ts";
import { LEASE_FIRST_MS } from "../../../shard-workers/journal/limits.ts";
import {
  acceptedBatch,
  applyConfirmation,
  blockDueAt,
  decodeMarks,
  decodeProgress,
  encodeMarks,
  encodeProgress,
  eventStateOf,
  type Block,
  type Mark,
} from "../../../shard-workers/journal/progress.ts";

const listeners = [
  { pipeline: "a", version: 1 },
  { pipeline: "b", version: 3 },
];

function block(count = 3): Block {
  const batch = acceptedBatch(1, 1_000, count, listeners);
  return { number: 0, batches: new Map([[1, batch]]), settled: { delivered: 0, filtered: 0, dead: 0 } };
}

function batchOf(of: Block) {
  const batch = of.batches.get(1);
  if (batch === undefined) throw new Error("the block lost its batch");
  return batch;
}

function confirmation(pipeline: string, outcome: Partial<Confirmation>): Confirmation {
  return { sequence: 1, pipeline, version: 1, delivered: [], filtered: [], dead: [], retry: [], ...outcome };
}

describe("an event's state", () => {
  it("is accepted until every pipeline is through with it", () => {
    const progress = block();
    applyConfirmation(progress, confirmation("a", { delivered: [0] }));

    expect(eventStateOf(batchOf(progress), 0)).toBe("accepted");
    expect(progress.settled).toEqual({ delivered: 0, filtered: 0, dead: 0 });
  });

  it.each<{ a: Partial<Confirmation>; b: Partial<Confirmation>; state: "delivered" | "filtered" | "dead" }>([
    { a: { delivered: [0] }, b: { filtered: [0] }, state: "delivered" },
    { a: { filtered: [0] }, b: { filtered: [0] }, state: "filtered" },
    { a: { delivered: [0] }, b: { dead: [{ index: 0, error: "no" }] }, state: "dead" },
  ])("is $state when its pipelines say $a and $b", ({ a, b, state }) => {
    const progress = block();
    applyConfirmation(progress, confirmation("a", a));
    applyConfirmation(progress, confirmation("b", b));

    expect(eventStateOf(batchOf(progress), 0)).toBe(state);
    expect(progress.settled[state]).toBe(1);
  });

  it("is filtered when no pipeline listened", () => {
    expect(eventStateOf(acceptedBatch(1, 0, 1, []), 0)).toBe("filtered");
  });
});

describe("a confirmation", () => {
  it("changes nothing that is settled", () => {
    const progress = block();
    applyConfirmation(progress, confirmation("a", { delivered: [0] }));
    const again = confirmation("a", {
      filtered: [0],
      dead: [{ index: 0, error: "late" }],
      retry: [{ index: 0, error: "late", delayMs: 1, waiting: false }],
    });

    expect(applyConfirmation(progress, again)).toEqual({ changed: false });
    expect(batchOf(progress).deliveries[0]?.marks).toEqual(["d", ".", "."]);
  });

  it("of rows, pipelines or events that are not there is passed over", () => {
    const progress = block();

    expect(
      applyConfirmation(progress, { ...confirmation("a", { delivered: [0] }), sequence: 9 }).changed,
    ).toBe(false);
    expect(applyConfirmation(progress, confirmation("c", { delivered: [0] })).changed).toBe(false);
    expect(applyConfirmation(progress, confirmation("a", { delivered: [3, -1] })).changed).toBe(false);
  });

  it("leaves its version", () => {
    const progress = block();
    applyConfirmation(progress, { ...confirmation("a", { delivered: [0] }), version: 7 });

    expect(batchOf(progress).deliveries[0]?.version).toBe(7);
  });

  it("counts each event once, whatever comes in whatever order and however often", () => {
    const one = fc.record({
      pipeline: fc.constantFrom("a", "b"),
      index: fc.integer({ min: 0, max: 3 }),
      kind: fc.constantFrom("delivered", "filtered", "dead", "retry"),
    });
    fc.assert(
      fc.property(fc.array(one, { maxLength: 40 }), (steps) => {
        const progress = block();
        for (const { pipeline, index, kind } of steps) {
          const bare = { delivered: [index], filtered: [index] };
          const failed = {
            dead: [{ index, error: "e" }],
            retry: [{ index, error: "e", delayMs: 1, waiting: false }],
          };
          applyConfirmation(progress, confirmation(pipeline, { [kind]: { ...bare, ...failed }[kind] }));
        }
        const states = [0, 1, 2].map((index) => eventStateOf(batchOf(progress), index));
        const count = (state: string): number => states.filter((each) => each === state).length;
        expect(progress.settled).toEqual({
          delivered: count("delivered"),
          filtered: count("filtered"),
          dead: count("dead"),
        });
      }),
    );
  });
});

describe("what is due", () => {
  it("is a new batch when its first lease ends", () => {
    expect(blockDueAt(block())).toBe(1_000 + LEASE_FIRST_MS);
  });

  it("is never what is settled", () => {
    const progress = block();
    for (const pipeline of ["a", "b"])
      applyConfirmation(progress, confirmation(pipeline, { delivered: [0, 1, 2] }));

    expect(blockDueAt(progress)).toBe(Number.POSITIVE_INFINITY);
  });
});

describe("progress as text", () => {
  it("comes back as it was", () => {
    const progress = block();
    applyConfirmation(progress, confirmation("a", { delivered: [0], dead: [{ index: 2, error: "no" }] }));
    const [first, second] = batchOf(progress).deliveries;
    if (first === undefined || second === undefined) throw new Error("both pipelines listen");
    Object.assign(second, { handed: 4, handedAt: 5, dueAt: 6, retryAt: 7 });

    const read = block();
    decodeProgress(read, encodeProgress(progress));

    expect(read.batches).toEqual(progress.batches);
  });

  it("leaves batches alone that it does not know, and batches that are gone", () => {
    const older = block();
    const text = encodeProgress(older);
    const newer = block();
    newer.batches.set(2, acceptedBatch(2, 2_000, 1, listeners));
    newer.batches.delete(1);
    decodeProgress(newer, text);

    expect([...newer.batches]).toEqual([[2, acceptedBatch(2, 2_000, 1, listeners)]]);
  });

  it("holds marks as runs", () => {
    expect(encodeMarks(["d", "d", "d", ".", "x", "r", "r"])).toBe("d3.xr2");
    const marks = fc.array(fc.constantFrom<Mark>(".", "r", "d", "f", "x"));
    fc.assert(
      fc.property(marks, (list) => {
        expect(decodeMarks(encodeMarks(list))).toEqual(list);
      }),
    );
  });
});
