import { describe, expect, it } from "vitest";
import { abstracts, measureCranfield } from "../../../bench/relevance/cranfield.ts";
import { engineSearch } from "../../../bench/relevance/engine-search.ts";
import { means, measure } from "../../../bench/relevance/measures.ts";

const grades = new Map([
  ["best", 3],
  ["good", 1],
]);

describe("the measures of a ranking", () => {
  it("are 1 where it is ideal", () => {
    expect(measure(["best", "good", "other"], grades)).toEqual({
      ndcgAt10: 1,
      averagePrecision: 1,
      recallAt100: 1,
    });
  });

  it("discount by the logarithm of the place, with a gain of 2^grade - 1", () => {
    const { ndcgAt10, averagePrecision } = measure(["good", "other", "best"], grades);

    expect(ndcgAt10).toBeCloseTo((1 + 7 / 2) / (7 + 1 / Math.log2(3)), 12);
    expect(averagePrecision).toBeCloseTo((1 + 2 / 3) / 2, 12);
  });

  it("look at the first ten, or hundred", () => {
    const filler = (count: number): string[] => Array.from({ length: count }, (_, index) => `f${index}`);

    expect(measure([...filler(10), "best"], grades)).toMatchObject({ ndcgAt10: 0, recallAt100: 0.5 });
    expect(measure([...filler(100), "best"], grades).recallAt100).toBe(0);
    expect(measure([], grades)).toEqual({ ndcgAt10: 0, averagePrecision: 0, recallAt100: 0 });
  });

  it("are averaged over queries", () => {
    expect(means([measure(["best", "good"], grades), measure([], grades)]).ndcgAt10).toBe(0.5);
  });
});

describe("the ranking with all defaults", () => {
  it("has an nDCG@10 of at least 0.36 on the Cranfield collection", () => {
    expect(measureCranfield(engineSearch(abstracts())).ndcgAt10).toBeGreaterThanOrEqual(0.36);
  });
});
