import { expect, it } from "vitest";
import { seededRandom } from "../../../core/seeded-random.ts";

it("draws the same by the same seed, and differently by another", () => {
  const draws = (seed: number): number[] => Array.from({ length: 5 }, seededRandom(seed));
  expect(draws(7)).toEqual(draws(7));
  expect(draws(7)).not.toEqual(draws(8));
});

it("draws evenly from 0 to below 1", () => {
  const counts = Array.from({ length: 10 }, () => 0);
  const random = seededRandom(1);
  for (let n = 0; n < 100_000; n++) {
    const tenth = Math.floor(random() * 10);
    counts[tenth] = (counts[tenth] ?? 0) + 1;
  }
  for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(400);
});
