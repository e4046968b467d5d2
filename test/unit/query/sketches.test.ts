import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  addDistinct,
  countDistinct,
  distinctRelativeError,
  mergeDistinct,
  noDistinct,
  type Distinct,
  type DistinctPrecision,
  type DistinctValue,
} from "../../../core/query/distinct.ts";
import {
  addNumber,
  mergeQuantiles,
  noQuantiles,
  QUANTILE_RELATIVE_ERROR,
  quantilesAt,
  type Quantiles,
} from "../../../core/query/quantiles.ts";

const precision: DistinctPrecision = { valuesMax: 100, unitsMax: 1_000, registerBits: 12 };

function distinctOf(values: Iterable<DistinctValue>, by = precision): Distinct {
  const state = noDistinct();
  for (const value of values) addDistinct(state, value, by);
  return state;
}

function range(from: number, to: number, make: (index: number) => DistinctValue): DistinctValue[] {
  return Array.from({ length: to - from }, (_, index) => make(from + index));
}

describe("distinct values", () => {
  it("are counted exactly while they are few", () => {
    expect(countDistinct(distinctOf(["a", "b", "a", "", "1"]))).toBe(4);
    expect(countDistinct(distinctOf(range(0, 100, (index) => index)))).toBe(100);
    expect(distinctOf(range(0, 101, (index) => index)).values).toBeUndefined();
  });

  it("are sketched when they are few, but long", () => {
    expect(distinctOf(range(0, 2, (index) => `${index}`.repeat(600))).values).toBeUndefined();
  });

  it.each([
    ["whole numbers", (index: number) => index],
    ["fractions", (index: number) => index / 3],
    ["large numbers", (index: number) => index * 2 ** 30],
    ["ids that are counted up", (index: number) => `id-${String(index).padStart(9, "0")}`],
    ["texts that differ at the beginning", (index: number) => `${index} and then all the same`],
  ])("are estimated within the stated error: %s", (_, make) => {
    for (const count of [200, 3_000, 30_000, 200_000]) {
      const estimate = countDistinct(distinctOf(range(0, count, make)));
      expect(Math.abs(estimate - count)).toBeLessThanOrEqual(count * distinctRelativeError(precision));
    }
  });

  it("have errors as small as a good hash makes them", () => {
    // Twenty sets of values that have nothing to do with each other: the standard error is 1.6 %.
    const errors = Array.from({ length: 20 }, (_, set) => {
      const estimate = countDistinct(distinctOf(range(0, 20_000, (index) => `${set}/${index}`)));
      return (estimate - 20_000) / 20_000;
    });
    const deviation = Math.sqrt(errors.reduce((sum, error) => sum + error * error, 0) / errors.length);
    expect(deviation).toBeLessThan(0.025);
    expect(deviation).toBeGreaterThan(0.005);
  });

  it("merge to what one state would have been, in any order, and leave what they merge as it was", () => {
    const small = { ...precision, registerBits: 5 };
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(150), fc.nat(150)), { minLength: 1, maxLength: 6 }), (parts) => {
        const values = parts.map(([from, count]) => range(from, from + count, (index) => `value ${index}`));
        const states = values.map((part) => distinctOf(part, small));
        const before = structuredClone(states);
        const merge = (a: Distinct, b: Distinct): Distinct => mergeDistinct(a, b, small);
        const whole = distinctOf(values.flat(), small);
        expect(states.reduce(merge)).toEqual(whole);
        expect(states.reduceRight(merge)).toEqual(whole);
        expect(states).toEqual(before);
      }),
    );
  });
});

const EXACT_MAX = 50;

function quantilesOf(values: readonly number[]): Quantiles {
  const state = noQuantiles();
  for (const value of values) addNumber(state, value, 1, EXACT_MAX);
  return state;
}

/** Nearest rank: the least number that so many per cent of the numbers do not exceed. */
function nearestRank(values: readonly number[], percent: number): number | null {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted.find((_, index) => 100 * (index + 1) >= percent * sorted.length) ?? null;
}

const normal = fc
  .double({ noNaN: true, noDefaultInfinity: true })
  .filter((value) => value === 0 || Math.abs(value) >= 2 ** -1022)
  .map((value) => value + 0);
const percent = fc.integer({ min: 0, max: 100 });

describe("percentiles", () => {
  it("are numbers that are there, by nearest rank, while they are few", () => {
    expect(quantilesAt(quantilesOf([4, 1, 3, 2]), [0, 25, 50, 51, 100])).toEqual([1, 1, 2, 3, 4]);
    expect(quantilesAt(quantilesOf([]), [50])).toEqual([null]);
    const thousand = noQuantiles();
    for (let value = 1; value <= 1_000; value++) addNumber(thousand, value, 1, 2_000);
    expect(quantilesAt(thousand, [99.9, 0.1, 16.1])).toEqual([999, 1, 161]);
    fc.assert(
      fc.property(fc.array(normal, { maxLength: EXACT_MAX }), percent, (values, at) => {
        expect(quantilesAt(quantilesOf(values), [at])).toEqual([nearestRank(values, at)]);
      }),
    );
  });

  it("are within the stated error of these, when they are many", () => {
    fc.assert(
      fc.property(fc.array(normal, { minLength: EXACT_MAX + 1, maxLength: 200 }), percent, (values, at) => {
        const state = quantilesOf(values);
        expect(state.values).toBeUndefined();
        const [estimate] = quantilesAt(state, [at]);
        const exact = nearestRank(values, at) ?? 0;
        expect(Math.abs((estimate ?? 0) - exact)).toBeLessThanOrEqual(
          Math.abs(exact) * QUANTILE_RELATIVE_ERROR,
        );
      }),
    );
  });

  it("know the least and the greatest number exactly, however many there are", () => {
    const state = quantilesOf(Array.from({ length: 1_000 }, (_, index) => Math.sqrt(index) - 7.7));
    expect(quantilesAt(state, [0, 100])).toEqual([-7.7, Math.sqrt(999) - 7.7]);
  });

  it("merge to what one state would have answered, in any order, and leave what they merge as it was", () => {
    fc.assert(
      fc.property(fc.array(fc.array(normal, { maxLength: 60 }), { minLength: 1, maxLength: 5 }), (parts) => {
        const states = parts.map(quantilesOf);
        const before = structuredClone(states);
        const at = [0, 1, 10, 50, 90, 99, 100];
        const merge = (a: Quantiles, b: Quantiles): Quantiles => mergeQuantiles(a, b, EXACT_MAX);
        const whole = quantilesAt(quantilesOf(parts.flat()), at);
        expect(quantilesAt(states.reduce(merge), at)).toEqual(whole);
        expect(quantilesAt(states.reduceRight(merge), at)).toEqual(whole);
        expect(states).toEqual(before);
      }),
    );
  });

  it("take a number many times as they take it one by one", () => {
    for (const times of [3, 80]) {
      const state = noQuantiles();
      addNumber(state, 2.5, times, EXACT_MAX);
      expect(state).toEqual(quantilesOf(Array.from({ length: times }, () => 2.5)));
    }
  });
});
