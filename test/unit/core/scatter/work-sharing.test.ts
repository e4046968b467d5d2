import { describe, expect, it } from "vitest";
import { VirtualClock } from "../../../../bench/simulate/virtual-clock.ts";
import { failure, type ErrorCode } from "../../../../core/errors.ts";
import { seededRandom } from "../../../../core/seeded-random.ts";
import { WorkPace } from "../../../../core/scatter/work-pace.ts";
import { WorkSharing, type WorkDone } from "../../../../core/scatter/work-sharing.ts";
import { SLOT_COUNT, type SlotSpan } from "../../../../core/slots.ts";

/** A leaf: what a call and what a slot takes it, and what becomes of its calls. */
interface LeafModel {
  callMs: number;
  msASlot: number;
  fails?: ErrorCode;
  hangs?: boolean;
  /** Only its first so many calls go wrong. */
  times?: number;
}

const HEALTHY: LeafModel = { callMs: 1, msASlot: 0.1 };

interface Run extends WorkDone<SlotSpan> {
  tookMs: number;
  stopped: number;
}

function share(
  models: readonly LeafModel[],
  { pace = new WorkPace(), clock = new VirtualClock(), deadlineMs = 30_000, lanes = models.length } = {},
): Run {
  let run: Run | undefined;
  let stopped = 0;
  const startedAt = clock.now();
  const calls = models.map(() => 0);
  const slotsMin = Math.ceil(SLOT_COUNT / 8 / models.length);
  const work = new WorkSharing<SlotSpan>(
    { leaves: models.length, lanes, slotsMin, msASlot: 0.1, deadlineMs },
    clock,
    pace,
    {
      send({ replica, span }, settle) {
        const model = models[replica] ?? HEALTHY;
        const call = (calls[replica] = (calls[replica] ?? 0) + 1);
        const wrong = call <= (model.times ?? Infinity);
        if (wrong && model.hangs === true) return;
        const { fails } = model;
        if (wrong && fails !== undefined)
          clock.after(model.callMs, () => settle(failure(fails, "It fails.")));
        else {
          const tookMs = model.callMs + model.msASlot * (span.to - span.from);
          clock.after(tookMs, () => settle({ ok: true, answer: span }));
        }
      },
      stop() {
        stopped += 1;
      },
      done(done) {
        if (run !== undefined) throw new Error("it is done twice");
        run = { ...done, tookMs: clock.now() - startedAt, stopped };
      },
    },
  );
  work.begin();
  clock.runToEnd();
  if (run === undefined) throw new Error("it is never done");
  return { ...run, stopped };
}

/** Whether ranges are all of the slots, each once. */
function isWhole(spans: readonly SlotSpan[]): boolean {
  let at = 0;
  for (const { from, to } of spans.toSorted((a, b) => a.from - b.from)) {
    if (from !== at) return false;
    at = to;
  }
  return at === SLOT_COUNT;
}

const four = (fourth: Partial<LeafModel>): LeafModel[] => [
  HEALTHY,
  HEALTHY,
  HEALTHY,
  { ...HEALTHY, ...fourth },
];
const three = share([HEALTHY, HEALTHY, HEALTHY]).tookMs;

describe("work that leaves share", () => {
  it.each([1, 2, 4, 16, 31])("is done once, by %i leaves", (leaves) => {
    const { answers, slots, failed, tookMs } = share(Array.from({ length: leaves }, () => HEALTHY));
    expect(isWhole(answers)).toBe(true);
    expect(slots).toBe(SLOT_COUNT);
    expect(failed).toBeUndefined();
    expect(tookMs).toBeLessThan(((SLOT_COUNT * 0.1) / leaves) * 1.15 + 16);
  });

  it("takes at most 1.4 times as long as three healthy leaves alone when a fourth is ten times as slow", () => {
    const { tookMs, answers } = share(four({ callMs: 10, msASlot: 1 }));
    expect(tookMs / three).toBeLessThan(1.4);
    expect(isWhole(answers)).toBe(true);
  });

  it("takes no longer once the slow leaf is known, which gets what it can do in the time", () => {
    const pace = new WorkPace();
    const clock = new VirtualClock();
    const models = four({ callMs: 10, msASlot: 1 });
    share(models, { pace, clock });
    const { tookMs, calls, stopped } = share(models, { pace, clock });
    expect(tookMs / three).toBeLessThan(1.05);
    const slow = calls.filter(({ replica }) => replica === 3);
    expect(slow.reduce((sum, { span }) => sum + span.to - span.from, 0)).toBeLessThan(SLOT_COUNT / 16);
    expect(stopped).toBeLessThan(2);
  });

  it.each([
    ["hangs", { hangs: true }, 1.4],
    ["fails every call", { fails: "unavailable" } as const, 1.1],
  ])("is done by the others when a leaf %s", (_what, model, times) => {
    const { tookMs, answers, failed } = share(four(model));
    expect(failed).toBeUndefined();
    expect(isWhole(answers)).toBe(true);
    expect(tookMs / three).toBeLessThan(times);
  });

  it("leaves a leaf alone that has failed, until it may be tried again", () => {
    const pace = new WorkPace();
    const clock = new VirtualClock();
    share(four({ fails: "unavailable" }), { pace, clock });
    const again = (): number[] =>
      share(four({}), { pace, clock }).calls.flatMap(({ replica, sentAt }) =>
        replica === 3 ? [sentAt] : [],
      );
    // It has failed at the first millisecond, and is on probation for 250.
    expect(again().every((sentAt) => sentAt >= 250)).toBe(true);
    expect(again().length).toBeGreaterThan(0);
  });

  it("is done by leaves that all fail at first, as what no other does is tried with them again", () => {
    const { answers, failed } = share(
      [HEALTHY, HEALTHY].map((leaf) => ({ ...leaf, fails: "unavailable", times: 1 })),
    );
    expect(failed).toBeUndefined();
    expect(isWhole(answers)).toBe(true);
  });

  it("fails when all leaves do, and at once with what all would answer", () => {
    const dead = share([HEALTHY, HEALTHY].map((leaf) => ({ ...leaf, fails: "unavailable" })));
    expect(dead).toMatchObject({ failed: { code: "unavailable" }, slots: 0, answers: [] });
    const stale = share(four({ fails: "stale-epoch" }));
    expect(stale.failed?.code).toBe("stale-epoch");
    expect(stale.calls.filter(({ state }) => state === "failed")).toHaveLength(1);
  });

  it("ends with its deadline, and has the answers that there are", () => {
    const hanging = { ...HEALTHY, msASlot: 1e6 };
    const { failed, slots, answers, tookMs } = share([HEALTHY, hanging, hanging, hanging], {
      deadlineMs: 150,
    });
    expect(failed?.code).toBe("deadline-exceeded");
    expect(tookMs).toBe(150);
    expect(slots).toBeGreaterThan(0);
    expect(slots).toBe(answers.reduce((sum, { from, to }) => sum + to - from, 0));
  });

  it("is done by no more leaves at a time than it is worth", () => {
    const { calls } = share(
      Array.from({ length: 8 }, () => HEALTHY),
      { lanes: 2 },
    );
    const ends = calls.map((call) =>
      calls.filter((other) => other.sentAt <= call.sentAt && other.endedAt > call.sentAt),
    );
    expect(Math.max(...ends.map((together) => together.length))).toBe(2);
  });

  it("is done once whatever leaves do", () => {
    const random = seededRandom(5);
    for (let run = 0; run < 2_000; run++) {
      const models = Array.from({ length: 1 + Math.floor(random() * 8) }, (_, leaf): LeafModel => {
        const slow = random() < 0.3 ? 50 * random() : 1;
        const model = { callMs: slow * random(), msASlot: slow * 0.1 * random() };
        // The first never goes wrong for good.
        const luck = random();
        const times = leaf === 0 ? 1 : Infinity;
        if (luck < 0.2 && leaf > 0) return { ...model, hangs: true };
        return luck < 0.4 ? { ...model, fails: "unavailable", times } : model;
      });
      const { answers, failed, slots } = share(models, { deadlineMs: 1e7 });
      expect(failed).toBeUndefined();
      expect(slots).toBe(SLOT_COUNT);
      expect(isWhole(answers)).toBe(true);
    }
  });
});
