import { describe, expect, it } from "vitest";
import { planByFigures, planByMeasurements } from "../../../../root-worker/planner/answer-plan.ts";
import { Measurements } from "../../../../root-worker/planner/measurements.ts";
import { PlannerRequest } from "../../../../root-worker/planner/request.ts";
import { Problem } from "../../../../root-worker/problem.ts";
import { validate } from "../../../../root-worker/validate.ts";
import type { LeafReport } from "../../../../core/contracts/search.ts";

const PATTERN = { leafLatencyMs: { p50: 10, p99: 2_000 }, leafFailure: 0.01, overheadMs: 0.1 };

const plan = (request: object) => planByFigures(validate(PlannerRequest, request));

function faultsOf(request: object): string[] {
  try {
    plan(request);
  } catch (error) {
    if (error instanceof Problem) return error.errors?.map(({ path }) => path) ?? [];
  }
  return [];
}

describe("a plan", () => {
  it("has an option for each number of leaves and replicas, with hedging and without", () => {
    const { options } = plan({ ...PATTERN, leaves: [5, 100], replicas: [1, 2] });
    expect(options.map(({ leaves, replicas, hedging }) => [leaves, replicas, hedging])).toEqual([
      [5, 1, false],
      [5, 2, false],
      [5, 2, true],
      [100, 1, false],
      [100, 2, false],
      [100, 2, true],
    ]);
  });

  it("chooses the cheapest that meets the target, and says why", () => {
    const target = { overMs: 2_000, availability: 0.99 };
    const { choice, options } = plan({ ...PATTERN, leaves: [5], target });
    expect(choice).toMatchObject({ leaves: 5, replicas: 2, hedging: true, meetsTarget: true });
    expect(choice.reason).toContain("cheapest that meets the target");
    expect(choice.reason).toContain("With one replica 4.9 % of the answers");
    const chosen = options.find(({ replicas, hedging }) => replicas === 2 && hedging);
    const cheaper = options.filter(({ usdAMillion }) => usdAMillion < (chosen?.usdAMillion ?? 0));
    expect(cheaper.every(({ over, availability }) => over.answer > 0.01 || availability < 0.99)).toBe(true);
  });

  it("says what a target misses that nothing meets", () => {
    const { choice } = plan({ ...PATTERN, leaves: [100], target: { overMs: 5, usdAMillion: 0.001 } });
    expect(choice.meetsTarget).toBe(false);
    expect(choice.reason).toMatch(/Nothing meets the target\..*take over 5.0 ms, not 1.0 %.*cost \$/);
  });

  it("divides documents only as far as that makes searches faster by more than a tenth", () => {
    const leaf = { leafLatencyMs: { p50: 1_100, p99: 1_500 }, leafFailure: 0.001, overheadMs: 1 };
    const few = plan({ ...leaf, documents: 100_000 });
    const many = plan({ ...leaf, documents: 100_000_000 });
    expect(few.choice.leaves).toBe(1);
    expect(many.choice.leaves).toBeGreaterThan(4);
    expect(many.options.find(({ leaves }) => leaves === 4)?.documentsALeaf).toBe(25_000_000);
  });

  it.each([
    ["a p99 under the p50", { leafLatencyMs: { p50: 20, p99: 10 } }, "leafLatencyMs.p99"],
    ["a floor above the median", { leafLatencyMs: { p50: 20, p99: 30, floor: 20 } }, "leafLatencyMs.floor"],
    ["a rate over 1", { leafFailure: 1.5 }, "leafFailure"],
    ["a negative overhead", { overheadMs: -1 }, "overheadMs"],
    ["no overhead", { overheadMs: undefined }, "overheadMs"],
    ["an empty target", { target: {} }, "target"],
    ["an availability of 1", { target: { availability: 1 } }, "target.availability"],
    ["a share without a time", { target: { share: 0.1, availability: 0.9 } }, "target.share"],
    ["a target of 0 ms", { target: { overMs: 0 } }, "target.overMs"],
    ["an unknown field", { leafs: 5 }, "leafs"],
    ["leaves that there can't be", { leaves: [187] }, "leaves[0]"],
    ["work without documents", { workMs: 1 }, "documents"],
    ["more work than time", { documents: 10, workMs: 11 }, "workMs"],
  ])("is refused by its field for %s", (_what, change, path) => {
    expect(faultsOf({ ...PATTERN, ...change })).toEqual([path]);
  });
});

/** One search's report of a leaf that answered after so long. */
function report(shard: number, tookMs: number): LeafReport {
  const attempt = { replica: 0, kind: "first", startMs: 0, endMs: tookMs, state: "answered" } as const;
  const figures = { documents: 1_000, rowsRead: 0, rowsWritten: 0, startMs: 0, endMs: tookMs };
  return { shard, replica: 0, attempts: [attempt], ...figures };
}

describe("a plan for a live collection", () => {
  const films = { name: "films", shards: 2, replicas: 1 };
  const request = validate(PlannerRequest, { collection: "films" });

  it("goes by what its searches took, failed and cost beyond their slowest leaf", () => {
    const measurements = new Measurements();
    for (let search = 0; search < 200; search++) {
      const slow = search % 20 === 0 ? 100 : 10;
      const failed: LeafReport = { ...report(1, 10), failed: "unavailable" };
      failed.attempts[0] = {
        replica: 0,
        kind: "first",
        startMs: 0,
        endMs: 10,
        state: "failed",
        code: "unavailable",
      };
      measurements.record("id", [report(0, slow), search % 10 === 5 ? failed : report(1, 10)], slow + 4);
    }
    const { basis, options } = planByMeasurements(request, films, measurements.of("id"));
    expect(basis.leafLatencyMs.p50 / 10).toBeCloseTo(1, 1);
    expect(basis.leafLatencyMs.p99 / 100).toBeCloseTo(1, 1);
    expect(basis.leafFailure).toBeCloseTo(0.05, 6);
    expect(basis.overheadMs).toBeCloseTo(2, 6);
    expect(basis).toMatchObject({ documents: 2_000, documentsALeaf: 1_000, calls: 380 });
    const own = options.find(({ leaves, replicas }) => leaves === 2 && replicas === 1);
    expect(own?.failing).toBeCloseTo(1 - 0.95 ** 2, 4);
  });

  it("counts the documents of document leaves alone", () => {
    const measurements = new Measurements();
    for (let search = 0; search < 200; search++)
      measurements.record(
        "id",
        [report(0, 10), report(1, 10), { ...report(1, 10), part: "terms", documents: 2_000 }],
        10,
      );
    const { basis } = planByMeasurements(request, films, measurements.of("id"));
    expect(basis).toMatchObject({ documents: 2_000, documentsALeaf: 1_000 });
  });

  it("is refused before there are calls enough, with what would do", () => {
    expect(() => planByMeasurements(request, films, undefined)).toThrow(
      'Of "films" 0 calls to leaves are known here, and 200 are needed: search it 100 times more',
    );
  });

  it("takes no figures beside", () => {
    const both = validate(PlannerRequest, { collection: "films", overheadMs: 1 });
    expect(() => planByMeasurements(both, films, undefined)).toThrow("overheadMs: is measured");
  });
});
