import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { leafShare } from "../../../../root-worker/query/leaf-share.ts";

/** The chance that one leaf of so many has more than `count` of the best `limit`, by the definition. */
function chanceOfMore(limit: number, shards: number, count: number): number {
  let logFactor = 0;
  let sum = 0;
  for (let hits = 0; hits <= limit; hits++) {
    if (hits > 0) logFactor += Math.log((limit - hits + 1) / hits);
    if (hits > count)
      sum += Math.exp(logFactor + hits * Math.log(1 / shards) + (limit - hits) * Math.log(1 - 1 / shards));
  }
  return sum;
}

describe("a leaf's share of the best hits", () => {
  it.each([
    [10, 1, 10],
    [10, 2, 9],
    [10, 4, 7],
    [10, 16, 4],
    [10, 64, 3],
    [10, 186, 2],
    [0, 4, 0],
    [1, 4, 1],
  ])("of %i with %i shards is %i", (limit, shards, share) => {
    expect(leafShare(limit, shards)).toBe(share);
  });

  it("is the least that any leaf exceeds in one of a hundred searches at most", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 2, max: 186 }), (limit, shards) => {
        const share = leafShare(limit, shards);
        expect(share).toBeLessThanOrEqual(limit);
        if (share < limit) expect(shards * chanceOfMore(limit, shards, share)).toBeLessThanOrEqual(0.0101);
        if (share > 0) expect(shards * chanceOfMore(limit, shards, share - 1)).toBeGreaterThan(0.0099);
      }),
    );
  });
});
