/** One replica of every shard dead, by the policies that branches run and a virtual clock: what searches pay for it. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { VirtualClock } from "../../../../bench/simulate/virtual-clock.ts";
import { BRANCH_LEAVES_MAX } from "../../../../core/contracts/branch.ts";
import { failure, type Result } from "../../../../core/errors.ts";
import { CollectionExperience } from "../../../../core/scatter/scatter-state.ts";
import { ShardCall, type Attempt } from "../../../../core/scatter/shard-call.ts";
import { Slots } from "../../../../core/scatter/slots.ts";
import { seededRandom } from "../../../../core/seeded-random.ts";

interface World {
  shards: number;
  replicas: number;
  dead: number;
  how: "fails" | "hangs";
  /** From then on the replica is dead. */
  diesAtMs: number;
  /** Searches arrive in regular intervals. */
  everyMs: number;
  searches: number;
  /** What answers takes differ by so much. */
  spreadMs: number;
  seed: number;
}

interface SearchRun {
  beganAtMs: number;
  tookMs: number;
  /** What its slowest shard takes, whichever replica that is well is asked. */
  wellMs: number;
  hedgeDelayMs: number;
  ok: boolean;
  calls: number;
}

/** One answer in a hundred comes so much later, from every replica. */
const LATE_MS = 300;
const FAILS_AFTER_MS = 1;
const DEADLINE_MS = 2_000;
const LEARNT_AFTER_MS = 1_000;

/** Searches by one isolate. How long a shard takes depends on shard and search alone, so that what death costs stands out. */
function run(world: World): SearchRun[] {
  const clock = new VirtualClock();
  const random = seededRandom(world.seed);
  const experience = new CollectionExperience();
  const runs: SearchRun[] = [];
  for (let n = 0; n < world.searches; n++) {
    const took = Array.from(
      { length: world.shards },
      () => 2 + world.spreadMs * random() + (random() < 0.01 ? LATE_MS : 0),
    );
    clock.after(n * world.everyMs, () => search(world, took, { clock, random, experience }, runs));
  }
  clock.runToEnd();
  return runs;
}

function search(
  world: World,
  took: readonly number[],
  around: { clock: VirtualClock; random: () => number; experience: CollectionExperience },
  runs: SearchRun[],
): void {
  const { clock, experience } = around;
  const beganAtMs = clock.now();
  const hedgeDelayMs = experience.hedgeDelayMs("search");
  const all: Attempt[] = [];
  let waiting = world.shards;
  let ok = true;
  const done = (result: Result<object>, attempts: readonly Attempt[]): void => {
    waiting -= 1;
    ok &&= result.ok;
    all.push(...attempts);
    if (waiting > 0) return;
    const tookMs = clock.now() - beganAtMs;
    runs.push({ beganAtMs, tookMs, wellMs: Math.max(...took), hedgeDelayMs, ok, calls: all.length });
  };
  for (let first = 0; first < world.shards; first += BRANCH_LEAVES_MAX) {
    const slots = new Slots(BRANCH_LEAVES_MAX);
    let canaryAllowed = true;
    for (let shard = first; shard < Math.min(world.shards, first + BRANCH_LEAVES_MAX); shard++) {
      const { isCanary } = new ShardCall<object>(
        {
          shard,
          replicas: world.replicas,
          operation: "search",
          deadlineMs: DEADLINE_MS,
          canaryAllowed,
          hedge: true,
          retry: true,
        },
        { ...around, slots },
        {
          send({ replica }, settle) {
            const isDead = replica === world.dead && clock.now() >= world.diesAtMs;
            if (isDead && world.how === "hangs") return;
            const result: Result<object> = isDead ? failure("unavailable", "") : { ok: true };
            clock.after(isDead ? FAILS_AFTER_MS : (took[shard] ?? 0), () => settle({ result }));
          },
          stop() {},
          done,
        },
      ).ask();
      canaryAllowed &&= !isCanary;
    }
  }
}

const worlds = fc.record({
  shards: fc.integer({ min: 1, max: 24 }),
  replicas: fc.integer({ min: 2, max: 3 }),
  dead: fc.nat({ max: 1 }),
  how: fc.constantFrom("fails" as const, "hangs" as const),
  diesAtMs: fc.constantFrom(0, 3_000),
  // What is not asked in the first second is not learnt in it.
  everyMs: fc.integer({ min: 5, max: 100 }),
  searches: fc.constant(0),
  spreadMs: fc.constantFrom(6, 30),
  seed: fc.nat(),
});

/** Ten seconds beyond the death. */
const lasting = (world: World): World => ({
  ...world,
  searches: Math.ceil((world.diesAtMs + 10_000) / world.everyMs),
});

describe("one replica of every shard dead", () => {
  it("fails no search, and after a second none is slower for it by more than a hedge delay", () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const runs = run(lasting(world));
        expect(runs.every(({ ok }) => ok)).toBe(true);
        for (const { beganAtMs, tookMs, wellMs, hedgeDelayMs } of runs) {
          if (beganAtMs < world.diesAtMs + LEARNT_AFTER_MS) continue;
          expect(tookMs).toBeLessThanOrEqual(wellMs + hedgeDelayMs + 1e-6);
        }
      }),
      { numRuns: 100, seed: 1 },
    );
  });

  it("costs hardly a call more once that is known", () => {
    for (const how of ["fails", "hangs"] as const) {
      const world = { shards: 12, replicas: 2, dead: 0, how, diesAtMs: 0, everyMs: 20, spreadMs: 6, seed: 1 };
      const known = run({ ...world, searches: 1_000 }).filter(({ beganAtMs }) => beganAtMs > LEARNT_AFTER_MS);
      const calls = known.reduce((sum, search) => sum + search.calls, 0);

      // One answer in a hundred is late, and hedged.
      expect(calls / known.length).toBeLessThan(12 * 1.05);
    }
  });
});
