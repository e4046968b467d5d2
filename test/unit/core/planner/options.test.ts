import { describe, expect, it } from "vitest";
import { HEALTHY, type LeafModel } from "../../../../bench/simulate/leaf-model.ts";
import { simulate } from "../../../../bench/simulate/simulate.ts";
import { logNormal } from "../../../../core/planner/latency-model.ts";
import { optionsOf, type Basis, type Option, type Shape } from "../../../../core/planner/options.ts";
import { SCATTER_POLICY } from "../../../../core/scatter/limits.ts";

const PATTERN: Basis = {
  latency: logNormal({ p50: 10, p99: 2_000 }),
  leafFailure: 0.01,
  failures: "replicas",
  overheadMs: 0.1,
};

function option(shape: Shape, basis: Partial<Basis> = {}, overMs = 2_000): Option {
  const [only] = optionsOf({ ...PATTERN, ...basis }, [shape], overMs);
  if (only === undefined) throw new Error("a shape has an option");
  return only;
}

const bare = (leaves: number): Shape => ({ leaves, replicas: 1, hedging: false });

describe("the pattern's two figures", () => {
  it("are reproduced: 5 leaves with a p99 of 2 s each make 4.9 % of the answers late", () => {
    expect(option(bare(5)).over.anyLeaf).toBeCloseTo(0.049, 4);
    expect(option(bare(5)).over.answer).toBeCloseTo(0.049, 3);
  });

  it("are reproduced: of 100 leaves that fail once in 100, one has failed in 63.4 % of the answers", () => {
    expect(option(bare(100)).failing).toBeCloseTo(0.634, 3);
    expect(option(bare(100)).availability).toBeCloseTo(0.366, 3);
  });

  it("become under 0.1 % and under 1 % with two replicas and hedging, at 5 % more calls", () => {
    const five = option({ leaves: 5, replicas: 2, hedging: true });
    expect(five.over.answer).toBeLessThan(0.001);
    expect(five.calls).toBeLessThan(1.01 + 0.0505);
    expect(option({ leaves: 100, replicas: 2, hedging: true }).failing).toBeLessThan(0.01);
  });

  it("stay as late with replicas that nobody hedges to", () => {
    expect(option({ leaves: 5, replicas: 2, hedging: false }).over.answer).toBeCloseTo(0.049, 3);
  });
});

describe("an option", () => {
  it("costs what its calls cost: each further leaf a request to a Durable Object and its time", () => {
    const [one, two] = [option(bare(1)), option(bare(2))];
    const busyMs = PATTERN.latency.meanMs;
    expect(two.usdAMillion - one.usdAMillion).toBeCloseTo(0.15 + busyMs * 12.5 * 0.128 * 1e-3, 6);
  });

  it("has the overhead of all of its leaves in its latency", () => {
    const [without, with_] = [option(bare(20), { overheadMs: 0 }), option(bare(20), { overheadMs: 5 })];
    expect(with_.latencyMs.p50 - without.latencyMs.p50).toBeCloseTo(100, 3);
    expect(with_.over.anyLeaf).toBe(without.over.anyLeaf);
  });

  it("has the documents' work divided by its leaves, and nothing else of a leaf's time", () => {
    const work = { documents: 1_000, documentsALeaf: 1_000, msADocument: 0.008 };
    const latency = logNormal({ p50: 10, p99: 10 });
    const p50 = (leaves: number): number =>
      option(bare(leaves), { latency, overheadMs: 0, work }).latencyMs.p50;
    expect(p50(1)).toBeCloseTo(10, 6);
    expect(p50(4)).toBeCloseTo(10 - 8 + 2, 6);
  });

  it("counts a replica that answers again when calls fail by themselves", () => {
    const shape = { leaves: 100, replicas: 2, hedging: false };
    expect(option(shape, { leafFailure: 0.1 }).failing).toBeCloseTo(1 - 0.99 ** 100, 6);
    expect(option(shape, { leafFailure: 0.1, failures: "calls" }).failing).toBeCloseTo(1 - 0.9999 ** 100, 6);
  });
});

/** A simulated leaf's distribution, as the planner is told of it. */
function modelOf({ serviceMs, spread, networkMs }: LeafModel) {
  const p99 = networkMs + serviceMs * Math.exp(2.3263478740408408 * spread);
  return logNormal({ floor: networkMs, p50: networkMs + serviceMs, p99 });
}

describe("the planner agrees with the simulator within 2 %", () => {
  const SLOW: LeafModel = { ...HEALTHY, serviceMs: 50, spread: 0.8, networkMs: 10 };

  it.each([
    { leaves: 5, replicas: 1, searches: 40_000, p99Off: 0.02 },
    // A hundredth of 3,000 searches is few.
    { leaves: 100, replicas: 1, searches: 3_000, p99Off: 0.06 },
    { leaves: 5, replicas: 2, searches: 40_000, p99Off: 0.02 },
    { leaves: 20, replicas: 2, searches: 12_000, p99Off: 0.02 },
    { leaves: 100, replicas: 2, searches: 5_000, p99Off: 0.03 },
  ])("on how long $leaves leaves with $replicas replicas take", ({ leaves, replicas, searches, p99Off }) => {
    const hedging = replicas > 1;
    const simulated = simulate({
      leaves,
      replicas,
      searches,
      model: SLOW,
      policy: hedging ? SCATTER_POLICY : { ...SCATTER_POLICY, hedgeShare: 0, retryShare: 0 },
      // One after another: leaves that are not waited for by others.
      searchesPerSecond: 0.02,
      deadlineMs: 3e7,
      seed: 1,
    });
    const planned = option(
      { leaves, replicas, hedging },
      { latency: modelOf(SLOW), leafFailure: 0, overheadMs: 0 },
    );
    expect(Math.abs(planned.latencyMs.p50 / simulated.p50Ms - 1)).toBeLessThan(0.02);
    expect(Math.abs(planned.latencyMs.p95 / simulated.p95Ms - 1)).toBeLessThan(0.02);
    expect(Math.abs(planned.latencyMs.p99 / simulated.p99Ms - 1)).toBeLessThan(p99Off);
    expect(Math.abs(planned.over.answer - simulated.over2s)).toBeLessThan(0.01);
    expect(Math.abs(planned.calls - 1 - simulated.hedged)).toBeLessThan(0.002);
  });

  it.each([
    { leaves: 5, replicas: 1, searches: 20_000, failShare: 0.01 },
    { leaves: 100, replicas: 1, searches: 2_000, failShare: 0.01 },
    { leaves: 100, replicas: 2, searches: 2_000, failShare: 0.1 },
  ])("on how often $leaves leaves with $replicas replicas fail, each $failShare of its calls", (run) => {
    const { leaves, replicas, searches, failShare } = run;
    const simulated = simulate({
      leaves,
      replicas,
      searches,
      model: { ...HEALTHY, failShare },
      policy: replicas > 1 ? SCATTER_POLICY : { ...SCATTER_POLICY, hedgeShare: 0, retryShare: 0 },
      searchesPerSecond: 1,
      deadlineMs: 30_000,
      seed: 2,
    });
    const basis: Partial<Basis> = { latency: modelOf(HEALTHY), leafFailure: failShare, failures: "calls" };
    const planned = option({ leaves, replicas, hedging: false }, basis);
    expect(Math.abs(planned.failing - simulated.failed)).toBeLessThan(0.02);
  });
});
