import fc from "fast-check";
import { expect, it } from "vitest";
import { Budget } from "../../../../core/scatter/budget.ts";

it("gives at most a share of the requests and one burst, whenever they are asked for", () => {
  fc.assert(
    fc.property(
      fc.array(fc.boolean(), { maxLength: 2_000 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.nat(50),
      (steps, share, burst) => {
        const budget = new Budget(share, burst);
        let [requests, taken] = [0, 0];
        for (const isRequest of steps) {
          if (isRequest) {
            budget.earn();
            requests += 1;
          } else if (budget.take()) taken += 1;
          expect(taken).toBeLessThanOrEqual(requests * share + burst + 1e-9);
        }
      },
    ),
  );
});

it("keeps no more than a burst, however long nobody asks", () => {
  const budget = new Budget(0.5, 3);
  for (let request = 0; request < 1_000; request++) budget.earn();

  expect([1, 2, 3, 4].map(() => budget.take())).toEqual([true, true, true, false]);
});

it("keeps a reserve for those who may take it", () => {
  const budget = new Budget(0, 3);

  expect(budget.take(2)).toBe(true);
  expect(budget.take(2)).toBe(false);
  expect(budget.take(0)).toBe(true);
});
