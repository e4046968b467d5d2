import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Hit, LeafRanking, SearchPartial, Statistics } from "../../../../core/contracts/search.ts";
import { averageLength, fieldBoosts, inverseDocumentFrequency, Scorer } from "../../../../core/query/bm25.ts";
import { componentsScore } from "../../../../core/query/components.ts";
import type { Clause } from "../../../../core/query/parse-query.ts";
import { BY_SCORE, type SortKey } from "../../../../core/query/sort.ts";
import { certify, unseenBound, type HintedPlan } from "../../../../root-worker/query/certificate.ts";

const clauseIn = (...fields: string[]): Clause => ({
  occur: "should",
  kind: "term",
  fields: fields.map((field) => ({ field, terms: ["word"] })),
});

const statisticsFor = (fields: number, clauses: number): fc.Arbitrary<Statistics> =>
  fc.integer({ min: 1, max: 10_000 }).chain((documents) =>
    fc.record({
      documents: fc.constant(documents),
      fields: fc.array(
        fc.record({
          documents: fc.integer({ min: 1, max: documents }),
          length: fc.integer({ min: 1, max: 100_000 }),
        }),
        { minLength: fields, maxLength: fields },
      ),
      frequencies: fc.array(fc.nat({ max: documents }), { minLength: clauses, maxLength: clauses }),
    }),
  );

/** A document's components: lengths, then for some pairs of clause and field how often. */
const documentFor = (fields: number, clauses: number): fc.Arbitrary<number[]> =>
  fc
    .record({
      lengths: fc.array(fc.integer({ min: 50, max: 500 }), { minLength: fields, maxLength: fields }),
      frequencies: fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 50 })), {
        minLength: fields * clauses,
        maxLength: fields * clauses,
      }),
    })
    .map(({ lengths, frequencies }) => [
      ...lengths,
      ...frequencies.flatMap((frequency, place) => (frequency === 0 ? [] : [place, frequency])),
    ]);

const worlds = fc
  .record({ fields: fc.integer({ min: 1, max: 3 }), clauses: fc.integer({ min: 1, max: 4 }) })
  .chain(({ fields, clauses }) => {
    const names = ["a", "b", "c"].slice(0, fields);
    return fc.record({
      plan: fc.record({
        clauses: fc.array(
          fc.constantFrom(1, 0.25, 2).map((weight) => ({ ...clauseIn(...names), weight })),
          { minLength: clauses, maxLength: clauses },
        ),
        // Declared boosts, or those that follow from the fields' lengths, and so from the statistics.
        searched: fc
          .constantFrom([0.5, 1, 3], undefined)
          .map((boosts) =>
            names.map((field, index) => ({ field, ...(boosts && { boost: boosts[index] ?? 1 }) })),
          ),
      }),
      hinted: statisticsFor(fields, clauses),
      exact: statisticsFor(fields, clauses),
      document: documentFor(fields, clauses),
    });
  });

describe("the bound of what a leaf holds back", () => {
  it("is never below the exact score of a document, whatever the hints were", () => {
    fc.assert(
      fc.property(worlds, ({ plan, hinted, exact, document }) => {
        const fields = plan.searched.length;
        const score = componentsScore(document, fields, new Scorer(hinted, plan));
        const bound = unseenBound(plan, hinted, exact, {
          frequencies: plan.clauses.map(() => 1),
          next: { score, id: "d" },
        });
        expect(componentsScore(document, fields, new Scorer(exact, plan))).toBeLessThanOrEqual(bound);
      }),
      { numRuns: 3_000 },
    );
  });

  it("is at most the score under the hints, times how much any weight and any field's share can have grown", () => {
    fc.assert(
      fc.property(
        worlds,
        fc.double({ min: 0.01, max: 50, noNaN: true }),
        ({ plan, hinted, exact }, score) => {
          const idf = (of: Statistics, clause: number) =>
            inverseDocumentFrequency(of.documents, of.frequencies[clause] ?? 0);
          const weights = plan.clauses.map((_, clause) => idf(exact, clause) / idf(hinted, clause));
          const boosts = [fieldBoosts(exact, plan.searched), fieldBoosts(hinted, plan.searched)] as const;
          const lengths = plan.searched.map((_, field) => {
            const longer = averageLength(exact.fields[field]) / averageLength(hinted.fields[field]);
            return ((boosts[0][field] ?? 1) / (boosts[1][field] ?? 1)) * Math.max(1, longer);
          });
          const simple = score * Math.max(...weights) * Math.max(1, ...lengths);
          const bound = unseenBound(plan, hinted, exact, {
            frequencies: plan.clauses.map(() => 1),
            next: { score, id: "d" },
          });
          expect(bound).toBeLessThanOrEqual(simple * (1 + 2 ** -39));
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it("is the exact score itself, but for its last digits, for one word in one field whose lengths are known", () => {
    const plan = { clauses: [clauseIn("a")], searched: [{ field: "a", boost: 1 }] };
    const fields = [{ documents: 10, length: 100 }];
    const hinted = { documents: 100, fields, frequencies: [3] };
    const exact = { documents: 1_000, fields, frequencies: [70] };
    const document = [12, 0, 2];
    const score = componentsScore(document, 1, new Scorer(hinted, plan));
    const bound = unseenBound(plan, hinted, exact, { frequencies: [1], next: { score, id: "d" } });
    expect(bound).toBeCloseTo(componentsScore(document, 1, new Scorer(exact, plan)), 9);
  });

  it("is 0 for a leaf that holds nothing back", () => {
    const plan = { clauses: [clauseIn("a")], searched: [{ field: "a", boost: 1 }] };
    const statistics = { documents: 1, fields: [{ documents: 1, length: 1 }], frequencies: [1] };
    expect(unseenBound(plan, statistics, statistics, { frequencies: [0] })).toBe(0);
  });
});

/** Leaves of 100 documents of 10 words in one field, "a", for two words. */
const own = (...frequencies: number[]): Statistics => ({
  documents: 100,
  fields: [{ documents: 100, length: 1_000 }],
  frequencies,
});
const nothing = { documents: null, fields: [null], frequencies: [null, null] };
const planWith = (differences: Partial<HintedPlan> = {}): HintedPlan => ({
  clauses: [clauseIn("a"), clauseIn("a")],
  searched: [{ field: "a", boost: 1 }],
  sort: [...BY_SCORE],
  hints: nothing,
  ...differences,
});
const hit = (id: string, shard: number, components: number[]): Hit => ({
  id,
  shard,
  components,
  score: 9,
  sort: [9],
});
const partialOf = (hits: Hit[], ...rankings: LeafRanking[]): SearchPartial => ({
  hits,
  rankings,
  total: 50,
  facets: [],
  aggregations: [],
});

describe("a certificate", () => {
  it("scores all hits by the statistics of all leaves, and puts them in order", () => {
    const partial = partialOf(
      [hit("a", 0, [10, 0, 1]), hit("b", 1, [10, 1, 1])],
      { shard: 0, statistics: own(1, 50) },
      { shard: 1, statistics: own(90, 2) },
    );
    const { statistics, hits, uncertain } = certify(partial, planWith(), 2);
    const scorer = new Scorer(statistics, planWith());

    expect(statistics).toEqual({
      documents: 200,
      fields: [{ documents: 200, length: 2_000 }],
      frequencies: [91, 52],
    });
    expect(hits.map(({ id, score, sort }) => [id, score, sort])).toEqual(
      [["b", [10, 1, 1]] as const, ["a", [10, 0, 1]] as const].map(([id, components]) => {
        const score = componentsScore(components, 1, scorer);
        return [id, score, [score]];
      }),
    );
    expect(hits.every((found) => found.components === undefined)).toBe(true);
    expect(uncertain).toEqual([]);
  });

  it("wants more of a leaf that holds back what may belong to the first hits, and of no other", () => {
    const partial = partialOf(
      [hit("a", 0, [10, 0, 3]), hit("b", 1, [10, 0, 3])],
      { shard: 0, statistics: own(10, 0), next: { score: 0.1, id: "z" } },
      { shard: 1, statistics: own(60, 0), next: { score: 1, id: "z" } },
    );

    expect(certify(partial, planWith(), 2).uncertain).toEqual([1]);
    expect(certify(partial, planWith(), 0).uncertain).toEqual([]);
  });

  it("wants more of every leaf that has more, where there are fewer hits than wanted", () => {
    const partial = partialOf(
      [hit("a", 0, [10, 0, 3])],
      { shard: 0, statistics: own(10, 0), next: { score: 0.001, id: "z" } },
      { shard: 1, statistics: own(10, 0) },
    );

    expect(certify(partial, planWith(), 2).uncertain).toEqual([0]);
  });

  it("does not count a word whose documents were all returned: none that is held back has it", () => {
    // By this leaf's own statistics the second word is common; by all leaves' it is rare, and could make any document the first.
    const rare = { shard: 0, statistics: own(50, 2), next: { score: 0.5, id: "z" } };
    const others = { shard: 1, statistics: { ...own(5_000, 0), documents: 10_000 } };
    const returned = [hit("a", 0, [10, 0, 9, 1, 1]), hit("b", 0, [10, 0, 9, 1, 1])];
    const hintOfOne = planWith({ hints: { ...nothing, frequencies: [null, 95] } });

    expect(certify(partialOf(returned, rare, others), hintOfOne, 2).uncertain).toEqual([]);
    const more = { ...rare, statistics: own(50, 3) };
    expect(certify(partialOf(returned, more, others), hintOfOne, 2).uncertain).toEqual([0]);
  });

  it("settles ties at the last hit by id, where the leaf ranked by the exact statistics", () => {
    const statistics = own(50, 0);
    const exact = planWith({ hints: statistics });
    const components = [10, 0, 1];
    const score = componentsScore(components, 1, new Scorer(statistics, exact));
    const partial = (id: string): SearchPartial =>
      partialOf([hit("m", 0, components)], { shard: 0, statistics, next: { score, id } });

    expect(certify(partial("n"), exact, 1).uncertain).toEqual([]);
    expect(certify(partial("l"), exact, 1).uncertain).toEqual([0]);
  });

  it("of such an order wants more of all leaves where one of them ranked by other scores: its hits may have taken others' places", () => {
    const sort: SortKey[] = [{ field: "_score", descending: false }];
    const rare = { ...own(0, 3), documents: 50 };
    const common = own(90, 0);
    // Exact for the first leaf's word, and not for the second's.
    const hints = { documents: 150, fields: [{ documents: 200, length: 2_000 }], frequencies: [80, 3] };
    const partial = partialOf([], { shard: 0, statistics: rare }, { shard: 1, statistics: common });

    expect(certify(partial, planWith({ sort, hints }), 3).uncertain).toEqual([0, 1]);
    const right = { ...hints, frequencies: [90, 3] };
    expect(certify(partial, planWith({ sort, hints: right }), 3).uncertain).toEqual([]);
  });

  it("of an order in which scores are one key of several is given where scores are as they were", () => {
    const sort: SortKey[] = [
      { field: "n", descending: false },
      { field: "_score", descending: true },
    ];
    const statistics = own(50, 0);
    const partial = partialOf([], { shard: 0, statistics });

    expect(certify(partial, planWith({ sort, hints: statistics }), 3).uncertain).toEqual([]);
    expect(certify(partial, planWith({ sort, hints: own(51, 0) }), 3).uncertain).toEqual([0]);
    expect(
      certify(partial, planWith({ sort: [{ field: "n", descending: true }], hints: own(51, 0) }), 3)
        .uncertain,
    ).toEqual([]);
  });
});
