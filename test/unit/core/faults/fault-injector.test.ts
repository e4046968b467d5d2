import { describe, expect, it } from "vitest";
import type { FaultPlan, FaultRule, FaultStage } from "../../../../core/contracts/faults.ts";
import { FaultInjector, type Fault } from "../../../../core/faults/fault-injector.ts";
import { faultsOf } from "../../../../core/faults/fault-plan.ts";

const plan = (rules: Partial<FaultRule>[], seed = 1, revision = "r"): FaultPlan => ({
  revision,
  seed,
  rules: rules.map((rule) => ({ collection: "films", ...rule })),
  hedge: true,
  retry: true,
});

const PLACE = { shard: 0, replica: 0 };

function draw(
  faults: FaultPlan,
  calls: number,
  { place = PLACE, stage = "before-read" }: { place?: typeof PLACE; stage?: FaultStage } = {},
): (Fault | undefined)[] {
  const injector = new FaultInjector(place);
  return Array.from({ length: calls }, () => injector.faultAt(stage, faults));
}

describe("faults", () => {
  it("strike about as often as the rates say, independently", () => {
    const faults = draw(plan([{ failRate: 0.1, delayMs: 70, delayRate: 0.2 }]), 10_000);
    const fails = faults.filter((fault) => fault?.fails).length;
    const late = faults.filter((fault) => fault?.delayMs === 70).length;
    const both = faults.filter((fault) => fault?.fails === true && fault.delayMs === 70).length;

    expect(Math.abs(fails - 1_000)).toBeLessThan(120);
    expect(Math.abs(late - 2_000)).toBeLessThan(160);
    expect(Math.abs(both - 200)).toBeLessThan(60);
  });

  it("are the same in every run of a seed, and others for another seed, leaf or stage", () => {
    const rules = [{ failRate: 0.5 }];
    const reference = draw(plan(rules), 64);

    expect(draw(plan(rules), 64)).toEqual(reference);
    expect(draw(plan(rules, 2), 64)).not.toEqual(reference);
    expect(draw(plan(rules), 64, { place: { shard: 1, replica: 0 } })).not.toEqual(reference);
    expect(draw(plan(rules), 64, { place: { shard: 0, replica: 1 } })).not.toEqual(reference);
    expect(draw(plan(rules), 64, { stage: "after-write" })).not.toEqual(reference);
  });

  it("do not depend on what happens at other stages meanwhile, and begin anew with a new plan", () => {
    const injector = new FaultInjector({ shard: 0, replica: 0 });
    const faults = plan([{ failRate: 0.5 }]);
    const mixed = Array.from({ length: 64 }, () => {
      injector.faultAt("replication", faults);
      return injector.faultAt("before-read", faults);
    });
    expect(mixed).toEqual(draw(faults, 64));

    const again = plan([{ failRate: 0.5 }], 1, "another");
    expect(Array.from({ length: 64 }, () => injector.faultAt("before-read", again))).toEqual(mixed);
  });

  it("with rate 1 make a leaf dead, at every stage or at one", () => {
    expect(draw(plan([{ failRate: 1 }]), 3, { stage: "replication" })).toEqual(
      [1, 2, 3].map(() => ({ delayMs: 0, fails: true })),
    );
    expect(draw(plan([{ failRate: 1, stage: "after-write" }]), 1)).toEqual([undefined]);
  });

  it("delay every call where no rate is given, by the longest delay of the rules", () => {
    expect(draw(plan([{ delayMs: 10 }, { delayMs: 30 }]), 2)).toEqual([
      { delayMs: 30, fails: false },
      { delayMs: 30, fails: false },
    ]);
  });

  it("make work longer, by the longest of the rules", () => {
    expect(draw(plan([{ workMs: 100 }, { workMs: 400, delayMs: 1 }]), 1)).toEqual([
      { delayMs: 1, workMs: 400, fails: false },
    ]);
  });

  it("are for the shard and the replica that a rule names, and no other", () => {
    const rules = plan([{ shard: 1, replica: 0, failRate: 1 }]);
    const struck = (shard: number, replica: number): boolean =>
      draw(rules, 1, { place: { shard, replica } })[0]?.fails === true;

    expect([struck(1, 0), struck(1, 1), struck(0, 0)]).toEqual([true, false, false]);
  });
});

it("a collection gets the rules that name it; without any it has no faults at all", () => {
  const both = plan([{ failRate: 1 }, { collection: "books", failRate: 0.5 }]);

  expect(faultsOf(both, "books")).toMatchObject({ seed: 1, rules: [{ collection: "books", failRate: 0.5 }] });
  expect(faultsOf(both, "songs")).toBeUndefined();
  expect(faultsOf(null, "films")).toBeUndefined();
});
