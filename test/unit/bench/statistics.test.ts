import { describe, expect, it } from "vitest";
import { compareMeans, mean, quantile } from "../../../bench/identity/statistics.ts";
import { seededRandom } from "../../../core/seeded-random.ts";

/** Times as they are: most alike, some long. */
function times(count: number, seed: number, shift = 0): number[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => 2 + shift - Math.log(1 - random()));
}

describe("two samples", () => {
  it("of one distribution differ by no more than their noise", () => {
    const { difference, standardError, p } = compareMeans(
      times(1000, 1),
      times(1000, 2),
      seededRandom(3),
      2000,
    );

    expect(Math.abs(difference)).toBeLessThan(2 * standardError);
    expect(p).toBeGreaterThan(0.05);
  });

  it("of which one is a fifth of a deviation later are told apart", () => {
    const { difference, standardError, p } = compareMeans(
      times(1000, 1, 0.2),
      times(1000, 2),
      seededRandom(3),
      2000,
    );

    expect(difference).toBeGreaterThan(3 * standardError);
    expect(p).toBeLessThan(0.001);
  });

  it("have the standard error that Welch's test has", () => {
    const { difference, standardError } = compareMeans([1, 2, 3], [4, 6], seededRandom(1), 10);

    expect(difference).toBe(-3);
    expect(standardError).toBeCloseTo(Math.sqrt(1 / 3 + 2 / 2));
  });
});

it("a mean and a quantile are what they are", () => {
  expect(mean([1, 2, 6])).toBe(3);
  expect([0, 0.5, 1].map((share) => quantile([3, 1, 2], share))).toEqual([1, 2, 3]);
});
