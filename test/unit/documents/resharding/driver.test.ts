import { describe, expect, it } from "vitest";
import type { Reshard, ReshardReport, Resharding } from "../../../../core/contracts/resharding.ts";
import { failure, type Failure, type Result } from "../../../../core/errors.ts";
import { beginReshard, reportReshard } from "../../../../shard-workers/catalog/reshard.ts";
import { ReshardDriver } from "../../../../shard-workers/documents/resharding/driver.ts";
import {
  FAILURES_MAX,
  FIRST_PAUSE_MS_MAX,
  HAND_OVER_MS_MAX,
  PAUSE_MS_MAX,
  PAUSE_SHARE,
  REPLICAS_WAIT_MS,
  RETRY_MAX_MS,
} from "../../../../shard-workers/documents/resharding/limits.ts";
import type { MoveProgress } from "../../../../shard-workers/documents/resharding/messages.ts";
import { collectionOf } from "../../collection-of.ts";

const MOVED: MoveProgress = {
  whole: true,
  current: true,
  replicated: true,
  sequence: 1,
  documents: 10,
  sourceDocuments: 20,
};

/** A driver whose leaves do as they are told, in a time of its own. */
class Scene {
  nowMs = 0;
  readonly pauses: number[] = [];
  readonly reports: ReshardReport[] = [];
  readonly fenced: number[] = [];
  /** What a piece takes, and what comes of it. */
  pieceMs = 10;
  moveIn: () => Result<MoveProgress> = () => ({ ok: true, ...MOVED });
  fence: () => Result<object> = () => ({ ok: true });
  state: Resharding;
  readonly driver: ReshardDriver;

  constructor(from = 2, to = 3) {
    const begun = beginReshard(collectionOf({ shards: from }), undefined, to, new Date(0));
    if (!begun.ok) throw new Error(begun.message);
    this.state = begun;
    this.driver = new ReshardDriver({
      collectionId: begun.collection.id,
      catalog: {
        getReshardById: async () => this.state,
        reportReshard: async (_, report) => {
          this.reports.push(report);
          this.state = reportReshard(this.state, report, new Date(0)) ?? this.state;
          return this.state;
        },
        listPurges: async () => [],
        confirmPurge: async () => undefined,
      },
      leaves: {
        moveIn: async () => {
          this.nowMs += this.pieceMs;
          return this.moveIn();
        },
        fence: async (_, shard) => {
          this.fenced.push(shard);
          return this.fence();
        },
        purge: async () => ({ ok: true }),
      },
      now: () => this.nowMs,
      sleep: async (ms) => {
        this.pauses.push(ms);
        this.nowMs += ms;
      },
      log: () => undefined,
    });
  }

  get reshard(): Reshard {
    return this.state.reshard;
  }

  /** Works until there is nothing to do, or a time has passed; the waits that it has asked for. */
  async run(untilMs = Infinity): Promise<number[]> {
    const waits: number[] = [];
    for (;;) {
      const waitMs = await this.driver.run(1_000);
      if (waitMs === undefined || this.nowMs > untilMs) return waits;
      if (waitMs > 0) waits.push(waitMs);
      this.nowMs += waitMs;
    }
  }
}

const broken = (code: Failure["code"]) => failure(code, "It is broken.");

describe("the driver", () => {
  it("goes through all steps, fences every old leaf, and hands over what new ones have reached", async () => {
    const scene = new Scene();
    await scene.run();

    expect(scene.reshard.step).toBe("done");
    expect(new Set(scene.fenced)).toEqual(new Set([0, 1]));
    expect(scene.state.collection).toMatchObject({ shards: 3, floors: { 0: 1, 1: 1, 2: 1 } });
    expect(scene.reports).toContainEqual({ kind: "progress", generation: 1, copied: 30, documents: 40 });
  });

  it("copies for a small share of the time, and lets no leaf that is slow stretch that for long", async () => {
    const scene = new Scene(1, 2);
    let pieces = 0;
    scene.moveIn = () => ({ ok: true, ...MOVED, whole: (pieces += 1) > 12 });
    await scene.run();
    expect(scene.pauses.slice(0, 2)).toEqual([FIRST_PAUSE_MS_MAX, FIRST_PAUSE_MS_MAX]);
    expect(scene.pauses.slice(2, 12)).toEqual(Array.from({ length: 10 }, () => 10 * PAUSE_SHARE));

    const slow = new Scene(1, 2);
    slow.pieceMs = 10_000;
    slow.moveIn = () => ({ ok: true, ...MOVED, whole: false });
    await slow.run(200_000);
    expect(Math.max(...slow.pauses)).toBe(PAUSE_MS_MAX);
  });

  it("does not hand over before new leaves are close behind, nor before their replicas have all", async () => {
    const scene = new Scene();
    scene.moveIn = () => ({
      ok: true,
      ...MOVED,
      current: scene.nowMs > 5_000,
      replicated: scene.nowMs > 9_000,
    });
    await scene.run();

    expect(scene.reshard.step).toBe("done");
    expect(scene.nowMs).toBeGreaterThan(9_000);
  });

  it("waits for no replica for ever", async () => {
    const scene = new Scene();
    scene.moveIn = () => ({ ok: true, ...MOVED, replicated: false });
    await scene.run();

    expect(scene.reshard.step).toBe("done");
    expect(scene.nowMs).toBeGreaterThan(REPLICAS_WAIT_MS);
  });

  it("tries again what passes by itself, less and less often, and then pauses with the reason", async () => {
    const scene = new Scene();
    scene.moveIn = () => broken("unavailable");
    const waits = await scene.run();

    expect(waits).toHaveLength(FAILURES_MAX - 1);
    expect(waits.slice(0, 3)).toEqual([250, 500, 1_000]);
    expect(Math.max(...waits)).toBe(RETRY_MAX_MS);
    expect(scene.reshard).toMatchObject({ step: "copy", paused: true, problem: "It is broken." });
  });

  it("says why it does not get on, and no more once it does", async () => {
    const scene = new Scene();
    scene.moveIn = () => broken("unavailable");
    await scene.driver.run(1_000);
    expect(scene.reshard).toMatchObject({ paused: false, problem: "It is broken." });
    scene.moveIn = () => ({ ok: true, ...MOVED });
    await scene.run();
    expect(scene.reshard.step).toBe("done");
    expect(scene.reshard).not.toHaveProperty("problem");
  });

  it("pauses at once for what does not pass by itself", async () => {
    const scene = new Scene();
    scene.moveIn = () => broken("corrupt");

    expect(await scene.run()).toEqual([]);
    expect(scene.reshard).toMatchObject({ step: "copy", paused: true, problem: "It is broken." });
  });

  it.each<[string, (scene: Scene) => void]>([
    ["an old leaf can't be fenced", (scene) => (scene.fence = () => broken("unavailable"))],
    [
      "a new leaf can't take the rest",
      (scene) =>
        (scene.fence = () => {
          scene.moveIn = () => broken("unavailable");
          return { ok: true };
        }),
    ],
    [
      "it takes too long",
      (scene) =>
        (scene.fence = () => {
          scene.nowMs += HAND_OVER_MS_MAX;
          return { ok: true };
        }),
    ],
  ])("calls a hand-over off when %s: with another epoch writes go on", async (_, spoil) => {
    const scene = new Scene();
    spoil(scene);
    await scene.run(2_000);

    expect(scene.reports.map(({ kind }) => kind)).toContain("hand-over-failed");
    expect(scene.reports.map(({ kind }) => kind)).not.toContain("handed-over");
    expect(scene.reshard.step).not.toBe("done");
    expect(scene.state.collection).toMatchObject({ shards: 2 });
    expect(scene.state.collection).not.toHaveProperty("generation");
    expect(scene.state.collection.epoch).toBeGreaterThan(3);
  });

  it("does not call for a hand-over that fails again and again: it pauses, after less and less often", async () => {
    const scene = new Scene();
    scene.fence = () => broken("unavailable");
    const waits = await scene.run(1_000_000);

    expect(waits).toHaveLength(FAILURES_MAX - 1);
    expect(scene.reshard).toMatchObject({ step: "catch-up", paused: true, problem: "It is broken." });
  });
});
