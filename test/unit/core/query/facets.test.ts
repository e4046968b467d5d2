import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  addTo,
  FACET_VALUES_MAX,
  facetPartial,
  shortOf,
  facetAnswer,
  intervalOf,
  mergeFacets,
  rangeOf,
  type CalendarInterval,
  type Counts,
  type FacetPartial,
  type FacetRequest,
  type FacetValue,
} from "../../../../core/query/facets.ts";
import { facetPartials } from "./partials.ts";

const exactly = (...entries: [FacetValue, number][]): FacetPartial => ({
  counts: new Map(entries),
  errorBound: 0,
});
const at = (iso: string): number => Date.parse(iso);

describe("values", () => {
  it("come by their count, then by their value, as many as were asked for", () => {
    const partial = exactly(["Drama", 2], ["Action", 2], ["Comedy", 3], ["Western", 1]);

    expect(facetAnswer({ kind: "values", field: "genre", limit: 3 }, partial)).toEqual({
      buckets: [
        { value: "Comedy", count: 3 },
        { value: "Action", count: 2 },
        { value: "Drama", count: 2 },
      ],
      exact: true,
      errorBound: 0,
    });
  });

  it("that are numbers are ordered as numbers", () => {
    const { buckets } = facetAnswer(
      { kind: "values", field: "year", limit: 10 },
      exactly([10, 1], [9, 1], [-1, 1]),
    );

    expect(buckets.map(({ value }) => value)).toEqual([-1, 9, 10]);
  });

  it("keep their type", () => {
    const { buckets } = facetAnswer(
      { kind: "values", field: "adult", limit: 10 },
      exactly([true, 1], [false, 2]),
    );

    expect(buckets).toEqual([
      { value: false, count: 2 },
      { value: true, count: 1 },
    ]);
  });

  it("are counted together where they are equal", () => {
    const counts: Counts = new Map();
    addTo(counts, "a", 1);
    addTo(counts, "a", 2);

    expect([...counts]).toEqual([["a", 3]]);
  });
});

describe("what a leaf answers", () => {
  const request: FacetRequest = { kind: "values", field: "f", limit: 10 };
  const many = (count: number): Counts => new Map(Array.from({ length: count }, (_, n) => [n, 1 + (n % 7)]));

  it("is everything where that is not too much, and then it is exact", () => {
    const counts = many(1_000);

    expect(facetPartial(request, counts)).toEqual({ counts, errorBound: 0 });
  });

  it("is the most frequent otherwise, and its bound is no less than anything that was cut", () => {
    const counts = many(1_500);
    const cut = facetPartial(request, counts);
    const lost = [...counts].filter(([value]) => !cut.counts.has(value)).map(([, count]) => count);

    expect(cut.counts.size).toBe(1_000);
    expect(lost).toHaveLength(500);
    expect(Math.max(...lost)).toBeLessThanOrEqual(cut.errorBound);
    expect(Math.min(...cut.counts.values())).toBeGreaterThanOrEqual(Math.max(...lost));
  });

  it("is twice as many as are wanted, if that is more; of intervals as many as there is room for", () => {
    const counts = many(FACET_VALUES_MAX + 500);

    expect(facetPartial({ ...request, limit: 1_000 }, counts).counts.size).toBe(2_000);
    expect(facetPartial({ kind: "interval", field: "f", interval: 1 }, counts).counts.size).toBe(
      FACET_VALUES_MAX,
    );
  });

  it("does not depend on the order in which values came", () => {
    const counts = many(1_500);
    const reversed = new Map([...counts].toReversed());
    const keptOf = (of: Counts): string =>
      JSON.stringify([...facetPartial(request, of).counts].toSorted(([x], [y]) => Number(x) - Number(y)));

    expect(keptOf(reversed)).toBe(keptOf(counts));
  });

  it("is, when it is asked again, the values that are named, and the most frequent others", () => {
    const counts: Counts = new Map([
      ["a", 9],
      ["b", 4],
      ["c", 3],
      ["d", 2],
    ]);
    const again = ["d", "z"];

    expect(facetPartial({ ...request, again }, counts)).toEqual({
      counts: new Map([
        ["d", 2],
        ["z", 0],
        ["a", 9],
        ["b", 4],
        ["c", 3],
      ]),
      errorBound: 0,
    });
  });

  it("makes the answer say that it is not exact, and by how much, where another value may be among the first", () => {
    const partial = { counts: new Map([["a", 5]]), errorBound: 5 };

    expect(facetAnswer({ ...request, limit: 1 }, partial)).toMatchObject({ exact: false, errorBound: 5 });
  });

  it("makes it exact where none can be", () => {
    const partial = { counts: new Map([["a", 5]]), errorBound: 4 };

    expect(facetAnswer({ ...request, limit: 1 }, partial)).toMatchObject({ exact: true, errorBound: 0 });
    expect(facetAnswer({ ...request, limit: 2 }, partial)).toMatchObject({ exact: false, errorBound: 4 });
  });
});

describe("merging", () => {
  it("adds up counts and bounds, in any order and grouping", () => {
    fc.assert(
      fc.property(facetPartials, facetPartials, facetPartials, (a, b, c) => {
        const left = mergeFacets(mergeFacets(a, b), c);
        const right = mergeFacets(a, mergeFacets(b, c));
        expect(left).toEqual(right);
        expect(mergeFacets(a, b)).toEqual(mergeFacets(b, a));
        expect(mergeFacets(a, b).errorBound).toBe(a.errorBound + b.errorBound);
      }),
    );
  });

  it("keeps the promise of the bound: no value is short by more", () => {
    const counted = fc.array(fc.tuple(fc.nat({ max: 8 }), fc.integer({ min: 1, max: 9 })), { maxLength: 12 });
    fc.assert(
      fc.property(fc.array(counted, { maxLength: 4 }), fc.integer({ min: 1, max: 5 }), (leaves, kept) => {
        const truth: Counts = new Map();
        const cut = leaves.map((entries): FacetPartial => {
          const counts: Counts = new Map(entries);
          for (const [value, count] of counts) addTo(truth, value, count);
          const sorted = [...counts].toSorted((a, b) => b[1] - a[1]);
          return {
            counts: new Map(sorted.slice(0, kept)),
            errorBound: sorted.length > kept ? (sorted[kept - 1]?.[1] ?? 0) : 0,
          };
        });
        const merged = cut.reduce(mergeFacets, { counts: new Map(), errorBound: 0 });
        for (const [value, count] of truth) {
          const short = count - (merged.counts.get(value) ?? 0);
          expect(short).toBeGreaterThanOrEqual(0);
          expect(short).toBeLessThanOrEqual(shortOf(merged, value));
          expect(shortOf(merged, value)).toBeLessThanOrEqual(merged.errorBound);
        }
      }),
    );
  });
});

describe("intervals", () => {
  it.each([
    [10, 0, 0],
    [10, 9.99, 0],
    [10, 10, 10],
    [10, -0.5, -10],
    [10, -10, -10],
    [0.5, 1.75, 1.5],
  ])("of %d hold %d from %d on", (interval, value, start) => {
    expect(intervalOf(interval, value)).toBe(start);
  });

  it.each<[CalendarInterval, string, string]>([
    ["year", "2020-12-31T23:59:59.999Z", "2020"],
    ["month", "2020-12-31T23:59:59.999Z", "2020-12"],
    ["day", "2020-12-31T23:59:59.999Z", "2020-12-31"],
    ["day", "1969-12-31T23:59:59.999Z", "1969-12-31"],
    ["month", "0001-02-03T00:00:00Z", "0001-02"],
    ["year", "+012020-01-01T00:00:00Z", "+012020"],
    ["month", "-000044-03-15T00:00:00Z", "-000044-03"],
  ])("of a %s hold %s in %s", (interval, iso, start) => {
    expect(intervalOf(interval, at(iso))).toBe(start);
  });

  it("contain what falls in them", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000 }), fc.integer(), (interval, value) => {
        const start = Number(intervalOf(interval, value));
        expect(start).toBeLessThanOrEqual(value);
        expect(value).toBeLessThan(start + interval);
        expect(Math.abs(start % interval)).toBe(0);
      }),
    );
  });

  it("of a calendar are the beginning of the point in time as ISO 8601 writes it", () => {
    const times = fc.date({ noInvalidDate: true });
    fc.assert(
      fc.property(times, fc.constantFrom<CalendarInterval>("year", "month", "day"), (time, interval) => {
        const start = String(intervalOf(interval, time.getTime()));
        expect(time.toISOString().startsWith(start)).toBe(true);
        expect(start.split("-").filter((part) => part !== "")).toHaveLength(
          { year: 1, month: 2, day: 3 }[interval],
        );
      }),
    );
  });

  it("come in their order, all of them, whatever their counts", () => {
    const partial = exactly([20, 1], [-10, 5], [3, 9], [100, 2]);
    const { buckets } = facetAnswer({ kind: "interval", field: "n", interval: 1 }, partial);

    expect(buckets.map(({ value }) => value)).toEqual([-10, 3, 20, 100]);
  });

  it("come in the calendar's order, before our era and after the year 9999 too", () => {
    const partial = exactly(["+012020", 1], ["2020", 1], ["-000044", 1], ["0001", 1], ["-000500", 1]);
    const { buckets } = facetAnswer({ kind: "interval", field: "d", interval: "year" }, partial);

    expect(buckets.map(({ value }) => value)).toEqual(["-000500", "-000044", "0001", "2020", "+012020"]);
  });
});

describe("ranges", () => {
  it.each([
    [-1, undefined],
    [0, 0],
    [9.99, 0],
    [10, 10],
    [99, 10],
    [100, 100],
    [1e9, 100],
  ])("hold %d in that from %s on", (value, from) => {
    expect(rangeOf([0, 10, 100], value)).toBe(from);
  });

  it("are answered in their order, the empty too, and the last has no end", () => {
    const answer = facetAnswer(
      { kind: "ranges", field: "n", ranges: [0, 10, 100] },
      exactly([100, 3], [0, 1]),
    );

    expect(answer.buckets).toEqual([
      { value: 0, to: 10, count: 1 },
      { value: 10, to: 100, count: 0 },
      { value: 100, count: 3 },
    ]);
  });
});

describe("an interval of a fraction", () => {
  it.each([
    [0.1, 0.3, 0.3],
    [0.1, 0.6, 0.6],
    [0.1, 0.35, 0.3],
    [0.1, -0.05, -0.1],
    [0.00001, 3, 3],
    [2.5, 7, 5],
    [1e-300, 1e300, 1e300],
    [10, -0, 0],
  ])("%d holds %d from %d on", (interval, value, start) => {
    expect(intervalOf(interval, value)).toBe(start);
  });
});
