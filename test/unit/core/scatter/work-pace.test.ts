import { describe, expect, it } from "vitest";
import { WorkPace, WorkPaces } from "../../../../core/scatter/work-pace.ts";

describe("the pace of leaves", () => {
  it("knows who is slower than the others, and forgets it by and by", () => {
    const pace = new WorkPace();
    expect(pace.slowness(1, 0)).toBe(1);
    pace.observe(1, 16, 0);
    expect(pace.slowness(1, 0)).toBeCloseTo(16, 6);
    expect(pace.slowness(1, 5_000)).toBeCloseTo(4, 6);
    pace.observe(1, 4, 5_000);
    expect(pace.slowness(1, 5_000)).toBeCloseTo(4, 6);
    expect(pace.slowness(0, 5_000)).toBe(1);
  });

  it("learns how long what was worked out takes", () => {
    const pace = new WorkPace();
    for (let search = 0; search < 10; search++) pace.observeWork(10, 50);
    expect(pace.factor).toBeCloseTo(5, 2);
    for (let search = 0; search < 20; search++) pace.observeWork(10, 5);
    expect(pace.factor).toBeCloseTo(1, 2);
  });

  it("does not divide for a while what was no faster for it", () => {
    const pace = new WorkPace();
    expect(pace.observeDivided(100, 40, 0)).toBe(true);
    expect(pace.mayDivide(0)).toBe(true);
    for (const time of [0, 0, 0]) {
      expect(pace.mayDivide(time)).toBe(true);
      expect(pace.observeDivided(100, 95, time)).toBe(false);
    }
    expect(pace.mayDivide(9_999)).toBe(false);
    expect(pace.mayDivide(10_000)).toBe(true);
  });

  it("is kept for the collections that were worked on last", () => {
    const paces = new WorkPaces(2);
    const first = paces.of("a");
    paces.of("b");
    expect(paces.of("a")).toBe(first);
    paces.of("c");
    expect(paces.of("a")).toBe(first);
    expect(paces.of("b").documents).toBeUndefined();
  });
});
