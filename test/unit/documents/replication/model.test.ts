import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { CALM, type Weather } from "./network.ts";
import { Shard } from "./shard.ts";

const STORM: Weather = { lost: 0.1, doubled: 0.1, delayMaxMs: 120 };

beforeEach(() => {
  // Nodes that die in the middle of a catch-up say so.
  vi.spyOn(console, "error").mockReturnValue();
});
afterEach(() => {
  vi.restoreAllMocks();
});

/** Something bad, now and then: a kill, a death at one of the next writes, a lost disk, a damaged row, no connection. */
function trouble(shard: Shard): void {
  const replica = shard.upTo(shard.nodes.length - 1);
  const node = shard.node(replica);
  const chance = shard.random();
  if (chance < 0.02) node.kill();
  else if (chance < 0.04) node.disk.crashAtWrite(shard.upTo(8));
  else if (chance < 0.045 && replica > 0) shard.loseDisk(replica);
  else if (chance < 0.05 && replica > 0) shard.damage(replica);
  else if (chance < 0.055 && replica > 0) node.down = true;
  else if (chance < 0.08) node.down = false;
}

/** Writes, reads and trouble, and then quiet, in which everything has to come right. Answers how many reads were served. */
async function run(shard: Shard, steps: number): Promise<number> {
  let served = 0;
  const replicas = shard.nodes.length - 1;
  for (let step = 0; step < steps; step++) {
    shard.network.weather = step % 1_000 < 800 ? STORM : CALM;
    shard.write(3);
    trouble(shard);
    await shard.pass(shard.upTo(20));
    if (step % 10 === 0) shard.check(shard.upTo(replicas));
    if (step % 10 !== 5) continue;
    const reading = shard.readOwnWrite(shard.upTo(replicas));
    await shard.pass(500);
    // A node that has died answers nobody.
    if ((await Promise.race([reading, Promise.resolve("no answer")])) === "read") served += 1;
  }
  shard.network.weather = CALM;
  for (const node of shard.nodes) {
    node.down = false;
    node.disk.crashAtWrite(Infinity);
  }
  await shard.settle();
  shard.expectSame();
  return served;
}

describe("replicas", { timeout: 300_000 }, () => {
  it("after 10,000 writes over a bad network, with deaths at any point, are what the primary is, and nothing answered is missing", async () => {
    const shard = new Shard(3, 4);
    const served = await run(shard, 10_000);

    expect(shard.answered).toBeGreaterThan(9_500);
    expect(served).toBeGreaterThan(500);
    // Or the test does not do what it says.
    for (const { kills, copies, applied } of shard.nodes.slice(1)) {
      expect(kills).toBeGreaterThan(100);
      expect(copies).toBeGreaterThan(20);
      expect(applied).toBeGreaterThan(2_000);
    }
  });

  it("are so whatever happens when, to however many of them", async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.integer({ min: 2, max: 5 }), async (seed, replicas) => {
        await run(new Shard(replicas, seed), 120);
      }),
      { numRuns: 40 },
    );
  });
});

/** Runs a scenario in which a node dies at its first write, at its second, …, until it outlives the scenario. */
async function dyingAtEachWrite(replica: number, scenario: (shard: Shard) => Promise<void>): Promise<number> {
  for (let write = 0; ; write++) {
    const shard = new Shard(2, 1);
    shard.node(1).down = true;
    for (let batch = 0; batch < 60; batch++) shard.write(3);
    shard.node(replica).disk.crashAtWrite(write);
    shard.node(1).down = false;
    await scenario(shard);
    await shard.settle();
    shard.expectSame();
    if (shard.node(replica).kills === 0) return write;
  }
}

describe("a death at any write", { timeout: 300_000 }, () => {
  it("of a replica that copies what is there and then follows leaves it behind, never wrong", async () => {
    const deaths = await dyingAtEachWrite(1, async (shard) => {
      for (let batch = 0; batch < 25; batch++) {
        shard.write(3);
        await shard.pass(40);
        if (shard.node(1).kills > 0) shard.check(1);
      }
    });
    expect(deaths).toBeGreaterThan(50);
  });

  it("of a primary that is written to, before its push or after, loses nothing that was answered", async () => {
    const deaths = await dyingAtEachWrite(0, async (shard) => {
      for (let batch = 0; batch < 25; batch++) {
        shard.write(3);
        if (batch % 3 === 0) await shard.pass(20);
      }
    });
    expect(deaths).toBeGreaterThan(25);
  });
});

describe("a replica that was away", () => {
  it("catches up from the log while that reaches back to it, over flushes too", async () => {
    const shard = new Shard(2, 7);
    await shard.settle();
    const copies = shard.node(1).copies;
    shard.node(1).down = true;
    for (let batch = 0; batch < 200; batch++) shard.write(3, batch % 20 === 7);
    shard.node(1).down = false;
    await shard.settle();

    shard.expectSame();
    expect(shard.node(1).copies).toBe(copies);
    // What all have confirmed goes with the next flush.
    shard.write(1, true);
    await shard.settle();
    shard.write(1, true);
    expect(shard.logRows(0)).toBeLessThan(3);
  });

  it("copies when it lags further than the log is kept", async () => {
    const shard = new Shard(2, 7);
    await shard.settle();
    const copies = shard.node(1).copies;
    shard.node(1).down = true;
    for (let batch = 0; batch < 200; batch++) shard.write(3, batch % 5 === 0);
    expect(shard.logRows(0)).toBeLessThan(100);
    shard.node(1).down = false;
    await shard.settle();

    shard.expectSame();
    expect(shard.node(1).copies).toBeGreaterThan(copies);
  });
});

describe("a primary whose disk went back in time", () => {
  it("is followed to where it is: replicas that have another history copy its documents", async () => {
    const shard = new Shard(3, 11);
    for (let batch = 0; batch < 20; batch++) shard.write(3);
    const past = shard.remember();
    for (let batch = 0; batch < 10; batch++) shard.write(3);
    await shard.settle();
    shard.goBackTo(past);
    expect(shard.current).toBe(false);
    await shard.settle();
    shard.expectSame();

    shard.goBackTo(past);
    // As many batches as were lost, so that the numbers are the same again.
    for (let batch = 0; batch < 10; batch++) shard.write(3);
    await shard.settle();
    shard.expectSame();
  });
});
