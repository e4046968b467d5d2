import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ExactSum, roundedQuotient } from "../../../core/query/exact-sum.ts";

function sumOf(values: readonly number[]): number {
  const sum = new ExactSum();
  for (const value of values) sum.add(value);
  return roundedQuotient(sum.units(), 1);
}

const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
const extremes = fc.constantFrom(
  0,
  -0,
  1,
  0.1,
  5e-324,
  -5e-324,
  2.2250738585072014e-308,
  2 ** 53,
  -(2 ** 53) - 2,
  1e308,
  -1e308,
  Number.MAX_VALUE,
  -Number.MAX_VALUE,
);
const doubles = fc.oneof(finite, extremes, fc.integer());

describe("an exact sum", () => {
  it("is what is left of numbers that cancel each other out", () => {
    expect(sumOf([1e308, 1e308, -1e308, -1e308, 5e-324])).toBe(5e-324);
    expect(sumOf([1e16, 1, -1e16])).toBe(1);
    expect(sumOf([0.1, 0.2, 0.3, -0.3, -0.2, -0.1])).toBe(0);
    expect(sumOf([])).toBe(0);
  });

  it("is rounded once, where a sum of doubles is rounded at each step", () => {
    expect(sumOf(Array.from({ length: 10 }, () => 0.1))).toBe(1);
    expect(sumOf([2 ** 53, 1, 1])).toBe(2 ** 53 + 2);
    expect(sumOf([2 ** 53, 1])).toBe(2 ** 53);
    expect(sumOf([2 ** 53 + 2, 1])).toBe(2 ** 53 + 4);
  });

  it("of one number is the number, of any size", () => {
    fc.assert(
      fc.property(doubles, (value) => {
        expect(sumOf([value])).toBe(value + 0);
      }),
      { numRuns: 1_000 },
    );
  });

  it("of two numbers is what their addition rounds to", () => {
    fc.assert(
      fc.property(doubles, doubles, (a, b) => {
        expect(sumOf([a, b])).toBe(a + b + 0);
      }),
      { numRuns: 1_000 },
    );
  });

  it("is the same in any order and any grouping, to the last bit", () => {
    const numbers = fc.array(doubles, { maxLength: 30 });
    fc.assert(
      fc.property(numbers, fc.nat(), (values, at) => {
        const whole = new ExactSum();
        for (const value of values) whole.add(value);
        const parts = [new ExactSum(), new ExactSum()];
        values.toReversed().forEach((value, index) => parts[(index + at) % 2]?.add(value));
        expect(parts.reduce((sum, part) => sum + part.units(), 0n)).toBe(whole.units());
      }),
      { numRuns: 500 },
    );
  });

  it("takes a number many times as it takes it one by one", () => {
    fc.assert(
      fc.property(doubles, fc.integer({ min: 1, max: 50 }), (value, times) => {
        const once = new ExactSum();
        once.add(value, times);
        const each = new ExactSum();
        for (let count = 0; count < times; count++) each.add(value);
        expect(once.units()).toBe(each.units());
      }),
    );
    const often = new ExactSum();
    often.add(-0.1, 2 ** 23 + 1);
    often.add(0.1, 2 ** 23);
    expect(roundedQuotient(often.units(), 1)).toBe(-0.1);
  });

  it("stays exact over more additions than a digit has room for", () => {
    // Its fraction is all ones, which fills digits fastest.
    const ALL_ONES = 2 - Number.EPSILON;
    const sum = new ExactSum();
    for (let count = 0; count < 3_000_000; count++) sum.add(ALL_ONES);
    expect(sum.units()).toBe(unitsOf(ALL_ONES) * 3_000_000n);
  });
});

function unitsOf(value: number): bigint {
  const sum = new ExactSum();
  sum.add(value);
  return sum.units();
}

describe("a quotient", () => {
  it("is rounded once: no mean is lost because the sum is too large", () => {
    expect(roundedQuotient(unitsOf(Number.MAX_VALUE) * 3n, 3)).toBe(Number.MAX_VALUE);
    expect(roundedQuotient(unitsOf(5e-324) * 3n, 2)).toBe(1e-323);
    expect(roundedQuotient(unitsOf(5e-324), 2)).toBe(0);
    expect(roundedQuotient(unitsOf(1), 3)).toBe(1 / 3);
    expect(roundedQuotient(unitsOf(-1), 3)).toBe(-1 / 3);
  });

  it("is infinite beyond the largest double", () => {
    expect(roundedQuotient(unitsOf(Number.MAX_VALUE) * 2n, 1)).toBe(Infinity);
    expect(roundedQuotient(unitsOf(-Number.MAX_VALUE) * 2n, 1)).toBe(-Infinity);
  });

  it("of two doubles is what their division rounds to", () => {
    fc.assert(
      fc.property(doubles, fc.integer({ min: 1, max: 2 ** 40 }), (value, divisor) => {
        expect(roundedQuotient(unitsOf(value), divisor)).toBe(value / divisor + 0);
      }),
      { numRuns: 1_000 },
    );
  });
});
