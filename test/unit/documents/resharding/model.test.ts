import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ReshardReport } from "../../../../core/contracts/resharding.ts";
import { isOver } from "../../../../core/contracts/resharding.ts";
import { CALM, type Weather } from "../replication/network.ts";
import { World } from "./world.ts";

/** Nothing comes twice: a client's write that did would be another write. */
const ROUGH: Weather = { lost: 0.03, doubled: 0, delayMaxMs: 20 };

/** Reads and writes for some steps of time, with whatever else is to happen at each. */
async function live(world: World, steps: number, each: (step: number) => void = () => undefined) {
  for (let step = 0; step < steps; step++) {
    each(step);
    world.beside(world.write());
    world.beside(world.write());
    world.beside(world.read());
    if (step % 10 === 0) world.beside(world.scan());
    await world.network.pass(world.upTo(20));
  }
}

/** Something bad, now and then: a leaf dies, at once or at one of its next writes; the coordinator dies. */
function trouble(world: World): void {
  const chance = world.random();
  if (chance < 0.03) world.someLeaf?.kill();
  else if (chance < 0.06) world.someLeaf?.disk.crashAtWrite(world.upTo(6));
  else if (chance < 0.1) world.startCoordinator();
}

/** Somebody changes their mind. */
function command(world: World): void {
  const chance = world.random();
  if (chance < 0.01) world.catalog.change({ kind: "pause" });
  else if (chance < 0.03) world.catalog.change({ kind: "resume" });
  else if (chance < 0.031) world.catalog.change({ kind: "undo" });
}

async function begun(from: number, to: number, seed: number): Promise<World> {
  const world = new World(from, seed);
  await live(world, 100);
  expect(world.catalog.change({ kind: "begin", shards: to })).toMatchObject({ ok: true });
  world.startCoordinator();
  return world;
}

describe("a resharding", { timeout: 300_000 }, () => {
  it("leaves each document in one leaf, and every read on the way sees what was written, whatever dies when", async () => {
    let ended = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 9 }),
        fc.integer(),
        async (from, to, seed) => {
          fc.pre(from !== to);
          const world = await begun(from, to, seed);
          world.network.weather = ROUGH;
          await live(world, 400, () => {
            trouble(world);
            command(world);
          });
          world.network.weather = CALM;
          await world.settle();
          await world.expectWhole();
          expect(world.reads).toBeGreaterThan(200);
          if (world.catalog.needed.step === "done") ended += 1;
        },
      ),
      { numRuns: 10, seed: 96 },
    );
    expect(ended).toBeGreaterThan(4);
  });

  const KINDS: readonly ReshardReport["kind"][] = ["copied", "caught-up", "handed-over", "dropped"];
  const DEATHS = KINDS.flatMap((kind) =>
    (["before", "after"] as const).flatMap((when) =>
      (["the coordinator", "everything"] as const).map((who) => ({ kind, when, who })),
    ),
  );

  it.each(DEATHS)("goes on when $who dies just $when it is $kind", async ({ kind, when, who }) => {
    const world = await begun(3, 5, 7);
    let deaths = 0;
    world.catalog.onReport = (report, at) => {
      if (report.kind !== kind || at !== when || deaths > 0) return;
      deaths += 1;
      if (who === "everything") for (const leaf of world.all) leaf.kill();
      world.startCoordinator();
    };
    await live(world, 60);
    await world.settle();

    expect(deaths).toBe(1);
    expect(world.catalog.collection).toMatchObject({ shards: 5, generation: 1 });
    await world.expectWhole();
  });

  it("begins a leaf anew when an old one's log no longer leads on from what it has", async () => {
    const world = await begun(2, 3, 11);
    await live(world, 20);
    world.catalog.change({ kind: "pause" });
    world.flushShare = 0.5;
    await live(world, 150);
    world.catalog.change({ kind: "resume" });
    world.flushShare = 0.02;
    await live(world, 100);
    await world.settle();

    expect(world.resets).toBeGreaterThan(0);
    await world.expectWhole();
  });

  it("undone at any time before it is handed over leaves everything as it was", async () => {
    for (let steps = 0; steps < 40; steps += 7) {
      const world = await begun(4, 6, steps);
      await live(world, steps);
      const undone = world.catalog.change({ kind: "undo" });
      await live(world, 30);
      await world.settle();

      expect(isOver(world.catalog.needed)).toBe(true);
      expect(world.catalog.collection.shards).toBe(undone.ok ? 4 : 6);
      await world.expectWhole();
    }
  });

  it("can follow another, also after one that was undone", async () => {
    const world = await begun(2, 5, 3);
    await live(world, 5);
    world.catalog.change({ kind: "undo" });
    await world.settle();
    for (const shards of [7, 1, 4]) {
      expect(world.catalog.change({ kind: "begin", shards })).toMatchObject({ ok: true });
      await live(world, 60);
      await world.settle();
      expect(world.catalog.collection.shards).toBe(shards);
      await world.expectWhole();
    }
    expect(world.catalog.collection.generation).toBe(4);
  });
});
