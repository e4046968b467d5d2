import { describe, expect, it } from "vitest";
import { Scorer } from "../../../../core/query/bm25.ts";
import { componentsScore, matchedClauses } from "../../../../core/query/components.ts";

const searched = [
  { field: "title", boost: 3 },
  { field: "body", boost: 1 },
];
const scorer = new Scorer(
  {
    documents: 100,
    fields: [
      { documents: 90, length: 300 },
      { documents: 100, length: 5_000 },
    ],
    frequencies: [5, 40, 70],
  },
  { searched, clauses: [] },
);

describe("the components of a document", () => {
  // The first clause once in the title; the third twice in the title and 4 times in the body.
  const components = [3, 60, 0, 1, 4, 2, 5, 4];

  it("give its score: each clause's weights added up over the fields, then the clauses", () => {
    const first = scorer.clauseScore(0, scorer.fieldWeight(0, 1, 3));
    const third = scorer.clauseScore(2, scorer.fieldWeight(0, 2, 3) + scorer.fieldWeight(1, 4, 60));

    expect(componentsScore(components, 2, scorer)).toBe(first + third);
  });

  it("tell which clauses occur in it", () => {
    expect(matchedClauses(components, 2)).toEqual([0, 2]);
  });

  it("of a document in which no clause occurs give 0", () => {
    expect(componentsScore([3, 60], 2, scorer)).toBe(0);
    expect(matchedClauses([3, 60], 2)).toEqual([]);
  });
});
