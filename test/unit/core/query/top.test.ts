import fc from "fast-check";
import { expect, it } from "vitest";
import { compareHits } from "../../../../core/query/sort.ts";
import { Top } from "../../../../core/query/top.ts";
import { ids, sortKeys, sortValues } from "./hits.ts";

it("keeps what sorting and cutting would keep, in that order", () => {
  const hits = fc.uniqueArray(fc.record({ id: ids, sort: sortValues }), {
    selector: ({ id }) => id,
    maxLength: 80,
  });
  fc.assert(
    fc.property(hits, sortKeys, fc.nat({ max: 90 }), (items, keys, k) => {
      const top = new Top<(typeof items)[number]>(k, (a, b) => compareHits(a, b, keys));
      for (const item of items) top.push(item);

      expect(top.sorted()).toEqual(items.toSorted((a, b) => compareHits(a, b, keys)).slice(0, k));
    }),
    { numRuns: 300 },
  );
});

it("keeps as many equal items as it has room for", () => {
  const top = new Top<number>(3, (a, b) => a - b);
  for (const item of [2, 2, 2, 2, 1]) top.push(item);

  expect(top.sorted()).toEqual([1, 2, 2]);
});

it("can be asked in between", () => {
  const top = new Top<number>(2, (a, b) => a - b);
  top.push(5);
  expect(top.sorted()).toEqual([5]);
  top.push(3);
  top.push(4);
  expect(top.sorted()).toEqual([3, 4]);
});

it("keeps nothing when nothing is wanted", () => {
  const top = new Top<number>(0, (a, b) => a - b);
  top.push(1);

  expect(top.sorted()).toEqual([]);
});
