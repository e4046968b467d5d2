import { describe, expect, it } from "vitest";
import type { LeafReport } from "../../../../core/contracts/search.ts";
import { Measurements } from "../../../../root-worker/planner/measurements.ts";

/** A leaf that answered at once. */
const reportOf = (shard: number): LeafReport => ({
  shard,
  replica: 0,
  attempts: [{ replica: 0, kind: "first", startMs: 0, endMs: 10, state: "answered" }],
  startMs: 0,
  endMs: 10,
  documents: 100,
  rowsRead: 0,
  rowsWritten: 0,
});

describe("what was measured of a collection", () => {
  it("is its calls, and what a search takes beyond its slowest leaf, a leaf", () => {
    const measurements = new Measurements();
    measurements.record("c", [0, 1, 2, 3].map(reportOf), 14);
    expect(measurements.of("c")).toMatchObject({ calls: 4, failures: 0, searches: 1, overheadMs: 1 });
  });

  it("has the calls of searches that asked one leaf alone, and not what the root took for them", () => {
    const measurements = new Measurements();
    measurements.record("c", [0, 1, 2, 3].map(reportOf), 14);
    for (let n = 0; n < 10; n++) measurements.record("c", [reportOf(2)], 14, false);
    expect(measurements.of("c")).toMatchObject({ calls: 14, searches: 1, overheadMs: 1 });
  });

  it("is of the collections that were searched last", () => {
    const measurements = new Measurements();
    for (let n = 0; n < 100; n++) measurements.record(`c-${n}`, [reportOf(0)], 11);
    expect([measurements.of("c-0"), measurements.of("c-99")?.calls]).toEqual([undefined, 1]);
  });
});
