import { describe, expect, it, vi } from "vitest";
import { failure } from "../../../core/errors.ts";
import type { LeafStats } from "../../../shard-workers/documents/leaf-stub.ts";
import { figuresOf, shardStats } from "../../../shard-workers/documents/shard-stats.ts";

const has = (sequence: number, differences: object = {}): LeafStats => ({
  ok: true,
  documents: sequence * 2,
  bytes: 100,
  sequence,
  condition: "serving",
  ...differences,
});
const lost = failure("unavailable", "A shard did not answer.");

describe("a shard's figures", () => {
  it("are the primary's, with how each replica is", () => {
    const answers = [
      has(7),
      has(7),
      has(8),
      has(6),
      has(3, { condition: "rebuilding" }),
      has(0, { condition: "corrupt" }),
      failure("corrupt", "Damaged."),
      lost,
    ];
    expect(figuresOf(2, answers)).toEqual({
      shard: 2,
      documents: 14,
      bytes: 100,
      sequence: 7,
      replicas: [
        { replica: 0, sequence: 7, state: "current" },
        { replica: 1, sequence: 7, state: "current" },
        // Asked later than the primary, it may have more.
        { replica: 2, sequence: 8, state: "current" },
        { replica: 3, sequence: 6, state: "behind" },
        { replica: 4, sequence: 3, state: "rebuilding" },
        { replica: 5, sequence: 0, state: "corrupt" },
        { replica: 6, sequence: 0, state: "corrupt" },
        { replica: 7, sequence: 0, state: "unreachable" },
      ],
    });
  });

  it("are those of the replica that has come furthest, when the primary can't be had", () => {
    const answers = [lost, has(4), has(9, { condition: "rebuilding" }), has(6)];
    expect(figuresOf(0, answers)).toMatchObject({
      sequence: 6,
      replicas: [
        { state: "unreachable" },
        { state: "behind" },
        { state: "rebuilding" },
        { state: "current" },
      ],
    });
  });

  it("can't be had when no replica has them, and are to be asked again when the collection has changed", () => {
    expect(figuresOf(0, [lost, has(4, { condition: "rebuilding" })])).toEqual(lost);
    const stale = failure("stale-epoch", "Changed.");
    expect(figuresOf(0, [stale, has(4)])).toEqual(stale);
  });
});

it("a replica that hangs holds nobody's figures up for long", async () => {
  vi.useFakeTimers();
  try {
    const answer = shardStats([0], 2, async (_, replica) => (replica === 0 ? has(1) : new Promise(() => {})));
    await vi.runAllTimersAsync();
    expect(await answer).toMatchObject({
      ok: true,
      shards: [{ replicas: [{ state: "current" }, { state: "unreachable" }] }],
    });
  } finally {
    vi.useRealTimers();
  }
});
