import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { VirtualClock } from "../../../../bench/simulate/virtual-clock.ts";
import { failure, type ErrorCode, type Result } from "../../../../core/errors.ts";
import {
  ATTEMPTS_MAX,
  HEDGE_BURST,
  HEDGE_DELAY_MS_UNKNOWN,
  PROBATION_MS_MIN,
  SCATTER_POLICY,
} from "../../../../core/scatter/limits.ts";
import { CollectionExperience } from "../../../../core/scatter/scatter-state.ts";
import { ShardCall, type Attempt, type ShardQuestion } from "../../../../core/scatter/shard-call.ts";
import { Slots } from "../../../../core/scatter/slots.ts";
import { seededRandom } from "../../../../core/seeded-random.ts";

/** How a leaf takes a call: after some ms it answers, or fails with a code. `Infinity`: never. */
interface Taken {
  ms: number;
  code?: ErrorCode;
  restarted?: boolean;
}

type Answer = { from: number };

/** A shard whose replicas take their calls in turn as they are told; the last way is for all calls that follow. */
class Shard {
  readonly clock = new VirtualClock();
  readonly stopped: Attempt[] = [];
  readonly results: { result: Result<Answer>; attempts: readonly Attempt[]; at: number }[] = [];
  slots = new Slots(6);
  experience = new CollectionExperience();
  mostInFlight = 0;
  startedAt = 0;
  private readonly inFlight = new Set<Attempt>();
  private readonly ways: Taken[][];

  constructor(...ways: Taken[][]) {
    this.ways = ways;
  }

  ask(differences: Partial<ShardQuestion> = {}, random: () => number = () => 0): this {
    const question: ShardQuestion = {
      shard: 0,
      replicas: this.ways.length,
      operation: "search",
      deadlineMs: 2_000,
      canaryAllowed: true,
      hedge: true,
      retry: true,
      ...differences,
    };
    const { clock, slots, experience } = this;
    new ShardCall<Answer>(
      question,
      { clock, random, slots, experience },
      {
        send: (attempt, settle) => {
          const ways = this.ways[attempt.replica] ?? [];
          const { ms, code, restarted } = (ways.length > 1 ? ways.shift() : ways[0]) ?? { ms: 0 };
          this.inFlight.add(attempt);
          this.mostInFlight = Math.max(this.mostInFlight, this.inFlight.size);
          if (ms === Infinity) return;
          const result: Result<Answer> =
            code === undefined ? { ok: true, from: attempt.replica } : failure(code, "");
          clock.after(ms, () => {
            this.inFlight.delete(attempt);
            settle({ result, ...(restarted === undefined ? {} : { restarted }) });
          });
        },
        stop: (attempt) => {
          this.inFlight.delete(attempt);
          this.stopped.push(attempt);
        },
        done: (result, attempts) => this.results.push({ result, attempts, at: clock.now() }),
      },
    ).ask();
    return this;
  }

  /** Lets time pass to the end, and returns what the question came to. */
  run() {
    this.clock.runToEnd();
    const [outcome] = this.results;
    if (outcome === undefined) throw new Error("nothing came of it");
    return {
      ...outcome,
      took: outcome.at - this.startedAt,
      kinds: outcome.attempts.map(({ kind }) => kind),
    };
  }
}

const well: Taken[] = [{ ms: 5 }];
const hangs: Taken[] = [{ ms: Infinity }];
const dead: Taken[] = [{ ms: 1, code: "unavailable" }];

describe("a question to a shard", () => {
  it("is one call where all is well", () => {
    const { result, kinds, at } = new Shard(well, well).ask().run();
    expect({ result, kinds, at }).toEqual({ result: { ok: true, from: 0 }, kinds: ["first"], at: 5 });
  });

  it("ends at its deadline, with what was tried", () => {
    const shard = new Shard(hangs).ask();
    const { result, attempts, at } = shard.run();

    expect(at).toBe(2_000);
    expect(result).toMatchObject({ ok: false, code: "deadline-exceeded" });
    expect(attempts).toMatchObject([{ kind: "first", state: "abandoned", sentAt: 0, endedAt: 2_000 }]);
    expect(shard.stopped).toEqual(attempts);
  });

  it("goes to the preferred replica, unless that is on probation", () => {
    expect(new Shard(well, well).ask({ preferred: 1 }).run().result).toMatchObject({ from: 1 });
    const shard = new Shard(well, dead).ask({ preferred: 1 });
    shard.clock.runToEnd();
    shard.ask({ preferred: 1 }).clock.runToEnd();

    expect(shard.results.map(({ attempts }) => attempts.length)).toEqual([2, 1]);
  });

  it("waits for a slot, and its clock with it", () => {
    const shard = new Shard(well, well);
    shard.slots = new Slots(1);
    shard.slots.enter(false, () => undefined);
    shard.ask();
    shard.clock.after(1_000, () => shard.slots.leave());

    expect(shard.run()).toMatchObject({ at: 1_005, kinds: ["first"], attempts: [{ sentAt: 1_000 }] });
  });
});

describe("a hedge", () => {
  it("goes to the other replica when a call takes longer than most; the first answer wins, the loser is told", () => {
    const shard = new Shard(hangs, well).ask();
    const { result, kinds, at, attempts } = shard.run();

    expect({ result, kinds }).toEqual({ result: { ok: true, from: 1 }, kinds: ["first", "hedge"] });
    expect(at).toBe(HEDGE_DELAY_MS_UNKNOWN + 5);
    expect(shard.stopped).toEqual([attempts[0]]);
    expect(attempts[0]).toMatchObject({ state: "abandoned" });
  });

  it("that loses is told so, too", () => {
    const shard = new Shard([{ ms: HEDGE_DELAY_MS_UNKNOWN + 1 }], hangs).ask();
    const { result, attempts } = shard.run();

    expect(result).toMatchObject({ from: 0 });
    expect(shard.stopped).toEqual([attempts[1]]);
  });

  it("is sent after the 95th percentile of what was seen", () => {
    const shard = new Shard(hangs, well);
    for (let call = 0; call < 100; call++) shard.experience.latenciesOf("search").record(call);
    shard.ask();

    expect(shard.run().attempts[1]?.sentAt).toBeGreaterThan(90);
    expect(shard.run().attempts[1]?.sentAt).toBeLessThan(100);
  });

  it("of a hedge that is slow as well is a third call, to one of the two", () => {
    const { result, kinds } = new Shard([{ ms: Infinity }, { ms: 5 }], hangs).ask().run();
    expect({ result, kinds }).toEqual({ result: { ok: true, from: 0 }, kinds: ["first", "hedge", "hedge"] });
  });

  it("is not sent where there is one replica, nor where it is switched off", () => {
    expect(new Shard([{ ms: 1_999 }]).ask().run().kinds).toEqual(["first"]);
    expect(new Shard([{ ms: 1_999 }], well).ask({ hedge: false }).run().kinds).toEqual(["first"]);
  });

  it("needs a token; where there is none, a straggler takes one of those for failed calls", () => {
    const shard = new Shard(hangs, well);
    shard.experience.replicasOf(0, 2);
    while (shard.experience.hedges.take());
    shard.ask();

    expect(shard.run()).toMatchObject({ kinds: ["first", "hedge"], at: 3 * HEDGE_DELAY_MS_UNKNOWN + 5 });
  });

  it("without a token of either kind waits for the next one", () => {
    const shard = new Shard(hangs, well);
    shard.experience.replicasOf(0, 2);
    while (shard.experience.hedges.take() || shard.experience.retries.take());
    shard.ask();
    shard.clock.after(500, () => {
      for (let request = 0; request < 20; request++) shard.experience.hedges.earn();
    });

    const { at } = shard.run();
    expect(at).toBeGreaterThan(500);
    expect(at).toBeLessThan(500 + 2 * HEDGE_DELAY_MS_UNKNOWN + 6);
  });

  it("takes the slot of what hangs, when all slots are taken by that", () => {
    const shard = new Shard(hangs, well);
    shard.slots = new Slots(1);
    shard.ask();
    const { result, at } = shard.run();

    expect(result).toMatchObject({ from: 1 });
    expect(at).toBe(3 * HEDGE_DELAY_MS_UNKNOWN + 5);
    expect(shard.slots.full).toBe(false);
  });
});

describe("slots that are all taken", () => {
  it("are not taken from what is slow with a replica that is well, for one that is not", () => {
    const shard = new Shard([{ ms: 1_000 }], dead).ask({ preferred: 1 });
    shard.clock.runToEnd();
    shard.slots = new Slots(1);
    shard.ask({ canaryAllowed: false }).clock.runToEnd();

    expect(shard.results[1]).toMatchObject({ result: { from: 0 }, attempts: [{ kind: "first" }] });
  });
});

describe("a failed call", () => {
  it("is sent elsewhere at once, and the replica is on probation from then on", () => {
    const shard = new Shard(dead, well).ask();
    shard.clock.runToEnd();
    shard.ask().clock.runToEnd();

    expect(shard.results).toMatchObject([
      { at: 6, attempts: [{ state: "failed", code: "unavailable" }, { kind: "retry" }] },
      { attempts: [{ replica: 1, kind: "first" }] },
    ]);
  });

  it("goes back and forth between two replicas, so often and no more", () => {
    const { result, attempts } = new Shard(dead, dead).ask().run();

    expect(result).toMatchObject({ ok: false, code: "unavailable" });
    expect(attempts.map(({ replica }) => replica)).toEqual([0, 1, 0, 1]);
    expect(attempts).toHaveLength(ATTEMPTS_MAX);
  });

  it("is final where there is one replica, but for one that has just begun anew", () => {
    expect(new Shard(dead).ask().run().kinds).toEqual(["first"]);
    const reset: Taken = { ms: 1, code: "unavailable", restarted: true };
    expect(new Shard([reset, { ms: 5 }]).ask().run()).toMatchObject({
      kinds: ["first", "retry"],
      result: { ok: true },
    });
  });

  it("that every replica would answer so is final, and nobody's fault", () => {
    const shard = new Shard([{ ms: 1, code: "stale-epoch" }], well).ask();

    expect(shard.run()).toMatchObject({ kinds: ["first"], result: { code: "stale-epoch" } });
    expect(shard.experience.replicasOf(0, 2)[0]?.onProbation).toBe(false);
  });

  it("of a replica that is behind goes elsewhere, and is not held against it", () => {
    const shard = new Shard([{ ms: 1, code: "replica-behind" }], well).ask();

    expect(shard.run()).toMatchObject({ kinds: ["first", "retry"], result: { ok: true, from: 1 } });
    expect(shard.experience.replicasOf(0, 2)[0]?.onProbation).toBe(false);
  });

  it("waits for a hedge that is under way", () => {
    const late: Taken = { ms: HEDGE_DELAY_MS_UNKNOWN + 1, code: "unavailable" };
    expect(new Shard([late], well).ask().run()).toMatchObject({
      kinds: ["first", "hedge"],
      result: { ok: true, from: 1 },
    });
  });

  it("is not sent elsewhere without a token, nor where that is switched off", () => {
    const shard = new Shard(dead, well);
    while (shard.experience.retries.take());
    expect(shard.ask().run().kinds).toEqual(["first"]);
    expect(new Shard(dead, well).ask({ retry: false }).run().kinds).toEqual(["first"]);
  });
});

describe("a canary", () => {
  /** A shard that has met its first replica's failure, some time ago. */
  function withIll(first: Taken[], second: Taken[]): Shard {
    const shard = new Shard([{ ms: 1, code: "unavailable" }, ...first], [{ ms: 5 }, ...second]).ask();
    shard.clock.after(10_000, () => undefined);
    shard.clock.runToEnd();
    shard.results.length = 0;
    shard.startedAt = shard.clock.now();
    return shard;
  }

  it("goes to a replica on probation beside the first call, and brings it back", () => {
    const shard = withIll([{ ms: 1 }], well).ask();

    expect(shard.run()).toMatchObject({ kinds: ["first", "canary"], result: { from: 1 }, took: 5 });
    expect(shard.experience.replicasOf(0, 2)[0]?.onProbation).toBe(false);
  });

  it.each([
    ["fails", dead],
    ["hangs", hangs],
  ])("that %s makes nothing slower, and the probation longer", (_, ill) => {
    const shard = withIll([...ill], well);
    const before = shard.experience.replicasOf(0, 2)[0]?.triedAgainAt ?? 0;
    const { took, result, kinds } = shard.ask().run();

    expect({ took, result, kinds }).toMatchObject({
      took: 5,
      result: { from: 1 },
      kinds: ["first", "canary"],
    });
    const health = shard.experience.replicasOf(0, 2)[0];
    expect(health?.onProbation).toBe(true);
    expect(health?.triedAgainAt).toBeGreaterThan(before + PROBATION_MS_MIN);
    expect(health?.inFlight(shard.clock.now())).toBe(0);
    expect(shard.stopped.length).toBe(ill === hangs ? 1 : 0);
  });

  it("waits for a slot that nobody needs, and loses it to whoever does", () => {
    const shard = withIll([...hangs], well);
    shard.slots = new Slots(1);
    shard.ask();
    shard.clock.after(50, () => shard.ask({ canaryAllowed: false }));
    shard.clock.runToEnd();

    expect(shard.results).toMatchObject([
      {
        at: shard.startedAt + 5,
        attempts: [{ kind: "first" }, { kind: "canary", sentAt: shard.startedAt + 5 }],
      },
      { at: shard.startedAt + 55 },
    ]);
    expect(shard.stopped).toMatchObject([{ kind: "canary", endedAt: shard.startedAt + 50 }]);
    expect(shard.slots.full).toBe(false);
  });

  it("is not sent where the question may not carry one", () => {
    expect(withIll(well, well).ask({ canaryAllowed: false }).run()).toMatchObject({ kinds: ["first"] });
  });
});

it("whatever its replicas do, a question ends once and in time, within its attempts and its slots", () => {
  const taken = fc.record({
    ms: fc.oneof(fc.integer({ min: 0, max: 3_000 }), fc.constant(Infinity)),
    code: fc.constantFrom(
      "unavailable" as const,
      "replica-behind" as const,
      "stale-epoch" as const,
      undefined,
    ),
  });
  const ways = fc.array(fc.array(taken, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 3 });
  fc.assert(
    fc.property(ways, fc.nat(), fc.integer({ min: 1, max: 6 }), (replicas, seed, slots) => {
      const shard = new Shard(
        ...replicas.map((all) => all.map(({ ms, code }) => (code ? { ms, code } : { ms }))),
      );
      shard.slots = new Slots(slots);
      const random = seededRandom(seed);
      for (let question = 0; question < 5; question++) shard.ask({}, random);
      shard.clock.runToEnd();

      expect(shard.results).toHaveLength(5);
      expect(shard.mostInFlight).toBeLessThanOrEqual(slots);
      for (const { attempts, at } of shard.results) {
        expect(at).toBeLessThanOrEqual(2_000);
        expect(attempts.filter(({ kind }) => kind !== "canary").length).toBeLessThanOrEqual(ATTEMPTS_MAX);
        for (const { sentAt, endedAt } of attempts) expect(endedAt).toBeGreaterThanOrEqual(sentAt);
      }
    }),
    { numRuns: 300 },
  );
});

it("hedges stay below their share of the requests, whatever calls take", () => {
  const shard = new Shard([{ ms: 500 }], [{ ms: 500 }]);
  const random = seededRandom(1);
  for (let n = 0; n < 2_000; n++) shard.clock.after(n * 10, () => shard.ask({}, random));
  shard.clock.runToEnd();
  const hedges = shard.results
    .flatMap(({ attempts }) => attempts)
    .filter(({ kind }) => kind === "hedge").length;

  expect(hedges).toBeLessThanOrEqual(2_000 * SCATTER_POLICY.hedgeShare + HEDGE_BURST + 1);
});
