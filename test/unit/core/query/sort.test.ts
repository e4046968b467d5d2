import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compareHits, type SortKey, type SortValue } from "../../../../core/query/sort.ts";
import { ids, sortKeys, sortValues } from "./hits.ts";

const hit = fc.record({ id: ids, sort: sortValues });
const sign = (a: number): number => Math.sign(a);

describe("the order of hits", () => {
  it("is total: of two different documents one comes first, whatever their values", () => {
    fc.assert(
      fc.property(hit, hit, sortKeys, (a, b, keys) => {
        const order = compareHits(a, b, keys);
        expect(order).toBe(order === 0 ? 0 : -compareHits(b, a, keys));
        expect(compareHits(a, a, keys)).toBe(0);
        if (a.id !== b.id) expect(order).not.toBe(0);
      }),
    );
  });

  it("is transitive", () => {
    fc.assert(
      fc.property(hit, hit, hit, sortKeys, (a, b, c, keys) => {
        const [first, second, third] = [a, b, c].toSorted((x, y) => compareHits(x, y, keys));
        if (first === undefined || second === undefined || third === undefined)
          throw new Error("three are three");
        expect(compareHits(first, second, keys)).toBeLessThanOrEqual(0);
        expect(compareHits(second, third, keys)).toBeLessThanOrEqual(0);
        expect(compareHits(first, third, keys)).toBeLessThanOrEqual(0);
      }),
    );
  });

  it.each<[string, SortValue, SortValue]>([
    ["numbers by their value", 9, 10],
    ["negative numbers too", -10, -9],
    ["texts by their code units, as JavaScript does", "10", "9"],
    ["capitals before small letters", "Z", "a"],
    ["a surrogate pair before a code unit above it", "\u{1f600}", "\uffff"],
    ["false before true", false, true],
  ])("has %s", (_, first, second) => {
    const up: SortKey[] = [{ field: "f", descending: false }];
    const down: SortKey[] = [{ field: "f", descending: true }];
    // The ids would have it the other way.
    const [a, b] = [
      { id: "2", sort: [first] },
      { id: "1", sort: [second] },
    ];

    expect(sign(compareHits(a, b, up))).toBe(-1);
    expect(sign(compareHits(a, b, down))).toBe(1);
  });

  it.each([true, false])("has documents without the field last, descending or not (%s)", (descending) => {
    const keys = [{ field: "f", descending }];

    expect(compareHits({ id: "1", sort: [null] }, { id: "2", sort: [-1e300] }, keys)).toBeGreaterThan(0);
    expect(compareHits({ id: "1", sort: [null] }, { id: "2", sort: [null] }, keys)).toBeLessThan(0);
  });

  it("settles ties by the next key, and in the end by id, ascending", () => {
    const keys = [
      { field: "f", descending: true },
      { field: "g", descending: true },
    ];

    expect(compareHits({ id: "1", sort: [1, 2] }, { id: "2", sort: [1, 3] }, keys)).toBeGreaterThan(0);
    expect(compareHits({ id: "1", sort: [1, 2] }, { id: "2", sort: [1, 2] }, keys)).toBeLessThan(0);
  });
});
