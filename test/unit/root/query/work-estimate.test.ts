import { describe, expect, it } from "vitest";
import { dividableMs, divisionOf, msASlotOf } from "../../../../root-worker/query/work-estimate.ts";
import type { WorkCall } from "../../../../core/scatter/work-sharing.ts";

const PLAN = { facets: [], aggregations: [], sort: [{ field: "_score", descending: true }] };
const FACET = { kind: "values", field: "genre", limit: 10 } as const;

describe("what can be divided of a search", () => {
  it("is what goes document by document: facets, aggregations, filters, orders; not ranking", () => {
    expect(dividableMs(PLAN, 1e6)).toBe(0);
    expect(dividableMs({ ...PLAN, facets: [FACET] }, 1e6)).toBe(60);
    expect(dividableMs({ ...PLAN, filter: "title LIKE '%a%'" }, 1e6)).toBe(1_000);
    expect(dividableMs({ ...PLAN, sort: [{ field: "year", descending: true }] }, 1e6)).toBe(40);
  });

  it("is not divided when it is little, or there is one leaf", () => {
    expect(divisionOf(19, 16)).toBeUndefined();
    expect(divisionOf(1_000, 1)).toBeUndefined();
  });

  it("goes to as many leaves as are worth it, in ranges that take longer than a call", () => {
    expect(divisionOf(24, 16)).toMatchObject({ lanes: 3 });
    const { lanes, slotsMin, msASlot } = divisionOf(1_000, 16) ?? { lanes: 0, slotsMin: 0, msASlot: 0 };
    expect(lanes).toBe(16);
    expect(slotsMin * msASlot).toBeGreaterThanOrEqual(4);
    expect(divisionOf(32, 4)?.slotsMin).toBe(512);
  });
});

describe("what a slot has taken", () => {
  it("does not count what every call takes", () => {
    const call = (slots: number): WorkCall => ({
      replica: 0,
      span: { from: 0, to: slots },
      kind: "first",
      sentAt: 100,
      endedAt: 100 + 5 + slots / 10,
      state: "answered",
    });
    expect(msASlotOf([call(512), call(300), call(128)])).toBeCloseTo(0.1, 9);
    expect(
      msASlotOf([
        { ...call(512), endedAt: 105 },
        { ...call(128), endedAt: 106 },
      ]),
    ).toBe(0);
  });
});
