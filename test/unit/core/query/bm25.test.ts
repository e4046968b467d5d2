import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Statistics } from "../../../../core/contracts/search.ts";
import type { Clause } from "../../../../core/query/parse-query.ts";
import {
  addStatistics,
  clauseWeights,
  fieldBoosts,
  inverseDocumentFrequency,
  noStatistics,
  Scorer,
} from "../../../../core/query/bm25.ts";

const count = fc.nat({ max: 1_000_000 });
const statistics: fc.Arbitrary<Statistics> = fc.record({
  documents: count,
  fields: fc.array(fc.record({ documents: count, length: count }), { minLength: 2, maxLength: 2 }),
  frequencies: fc.array(count, { minLength: 3, maxLength: 3 }),
});
const none = noStatistics(2, 3);

describe("the weight of a clause", () => {
  it("is ln(1 + (N - df + ½) / (df + ½))", () => {
    expect(inverseDocumentFrequency(10, 1)).toBeCloseTo(Math.log(1 + 9.5 / 1.5), 12);
    expect(inverseDocumentFrequency(0, 0)).toBeCloseTo(Math.log(2), 12);
  });

  it("is above zero, also of a clause that every document matches", () => {
    fc.assert(
      fc.property(count, (documents) => {
        expect(inverseDocumentFrequency(documents, documents)).toBeGreaterThan(0);
      }),
    );
  });

  it("falls with the documents that match", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100_000 }), fc.nat(), (documents, seed) => {
        const frequency = seed % documents;
        expect(inverseDocumentFrequency(documents, frequency)).toBeGreaterThan(
          inverseDocumentFrequency(documents, frequency + 1),
        );
      }),
    );
  });
});

describe("the weights of clauses", () => {
  it("are multiplied by what the query gives them", () => {
    const clause: Clause = { occur: "should", kind: "term", fields: [{ field: "title", terms: ["a"] }] };
    const weights = clauseWeights({ documents: 10, fields: [], frequencies: [1, 1] }, [
      { ...clause, weight: 0.2 },
      clause,
    ]);

    expect(weights).toEqual([0.2 * inverseDocumentFrequency(10, 1), inverseDocumentFrequency(10, 1)]);
  });
});

describe("the boosts of fields", () => {
  const lengths = (...averages: number[]): Statistics => ({
    documents: 10,
    fields: averages.map((average) => ({ documents: 10, length: 10 * average })),
    frequencies: [],
  });
  const undeclared = [{ field: "title" }, { field: "text" }];

  it("are those that were declared, and 1 beside them", () => {
    expect(fieldBoosts(lengths(1, 100), [{ field: "title" }, { field: "text", boost: 3 }])).toEqual([1, 3]);
    expect(fieldBoosts(lengths(1, 100), [{ field: "title", boost: 1 }, { field: "text" }])).toEqual([1, 1]);
  });

  it("grow with the square root of how much shorter a field is, where none was declared", () => {
    expect(fieldBoosts(lengths(25, 100), undeclared)).toEqual([2, 1]);
    expect(fieldBoosts(lengths(100, 25), undeclared)).toEqual([1, 2]);
    expect(fieldBoosts(lengths(7, 7), undeclared)).toEqual([1, 1]);
  });

  it("stay between 1 and 4, whatever the statistics are", () => {
    expect(fieldBoosts(lengths(1, 1_000_000), undeclared)).toEqual([4, 1]);
    fc.assert(
      fc.property(statistics, (any) => {
        for (const boost of fieldBoosts(any, undeclared)) {
          expect(boost).toBeGreaterThanOrEqual(1);
          expect(boost).toBeLessThanOrEqual(4);
        }
      }),
    );
  });

  it("are 1 for a field that is searched alone", () => {
    expect(fieldBoosts(lengths(3), [{ field: "title" }])).toEqual([1]);
  });
});

describe("statistics", () => {
  it("add up in any order and grouping, and to nothing with none", () => {
    fc.assert(
      fc.property(statistics, statistics, statistics, (a, b, c) => {
        expect(addStatistics(a, b)).toEqual(addStatistics(b, a));
        expect(addStatistics(addStatistics(a, b), c)).toEqual(addStatistics(a, addStatistics(b, c)));
        expect(addStatistics(a, none)).toEqual(a);
        expect(addStatistics(none, a)).toEqual(a);
      }),
    );
  });

  it("are not changed by adding to them", () => {
    const sum = noStatistics(1, 1);
    addStatistics(sum, { documents: 1, fields: [{ documents: 1, length: 5 }], frequencies: [1] });

    expect(sum).toEqual({ documents: 0, fields: [{ documents: 0, length: 0 }], frequencies: [0] });
  });
});

describe("a score", () => {
  const searched = [
    { field: "title", boost: 3 },
    { field: "plot", boost: 1 },
  ];
  const scorer = new Scorer(
    {
      documents: 100,
      fields: [
        { documents: 100, length: 400 },
        { documents: 50, length: 5_000 },
      ],
      frequencies: [10, 60],
    },
    { clauses: [], searched },
  );

  it("is that of the formula", () => {
    const weight = scorer.fieldWeight(0, 2, 8) + scorer.fieldWeight(1, 1, 50);
    const expected = (3 * 2) / (0.25 + (0.75 * 8) / 4) + 1 / (0.25 + (0.75 * 50) / 100);

    expect(weight).toBeCloseTo(expected, 12);
    expect(scorer.clauseScore(0, weight)).toBeCloseTo(
      (inverseDocumentFrequency(100, 10) * 2.2 * expected) / (1.2 + expected),
      12,
    );
  });

  it("rises with the occurrences, and falls with the length of the field", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1_000 }),
        fc.integer({ min: 1, max: 10_000 }),
        (frequency, length) => {
          const weight = scorer.fieldWeight(0, frequency, length);
          expect(scorer.fieldWeight(0, frequency + 1, length)).toBeGreaterThan(weight);
          expect(scorer.fieldWeight(0, frequency, length + 1)).toBeLessThan(weight);
        },
      ),
    );
  });

  it("saturates: never above the clause's weight times k1 + 1", () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-6, max: 1e9, noNaN: true }), (weight) => {
        const score = scorer.clauseScore(1, weight);
        expect(score).toBeGreaterThan(0);
        expect(score).toBeLessThanOrEqual(inverseDocumentFrequency(100, 60) * 2.2);
      }),
    );
  });

  it("counts a rare clause above a common one", () => {
    expect(scorer.clauseScore(0, 1)).toBeGreaterThan(scorer.clauseScore(1, 1));
  });

  it("is a number also where no document had the field when the statistics were taken", () => {
    const fresh = new Scorer(noStatistics(1, 1), { clauses: [], searched: [{ field: "title" }] });

    expect(fresh.clauseScore(0, fresh.fieldWeight(0, 1, 7))).toBeGreaterThan(0);
    expect(Number.isFinite(fresh.clauseScore(0, fresh.fieldWeight(0, 1, 0)))).toBe(true);
  });
});
