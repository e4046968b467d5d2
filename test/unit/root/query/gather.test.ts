import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { BranchAnswer, LeafReport, SearchPlan } from "../../../../core/contracts/search.ts";
import { aggregationRequests } from "../../../../core/query/aggregation-request.ts";
import { emptyPartial } from "../../../../core/query/merge.ts";
import { createSummarizer } from "../../../../core/query/summarizers.ts";
import { precisionOf } from "../../../../core/query/summaries.ts";
import { byBranch, shardsOf } from "../../../../root-worker/query/branches.ts";
import {
  aggregationsAnswer,
  costOfReports,
  coverageOf,
  facetsAnswer,
  gather,
  leavesAnswer,
  sequencesOf,
  withFetch,
} from "../../../../root-worker/query/gather.ts";
import { collectionOf } from "../../collection-of.ts";

const plan: SearchPlan = {
  clauses: [],
  searched: [],
  sort: [{ field: "id", descending: false }],
  limit: 2,
  facets: [{ kind: "values", field: "genre", limit: 10 }],
  aggregations: [],
  highlight: [],
};

const report = (shard: number, failed?: LeafReport["failed"]): LeafReport => ({
  shard,
  replica: 0,
  attempts: [
    {
      replica: 0,
      kind: "first",
      startMs: 0,
      endMs: 5,
      ...(failed === undefined ? { state: "answered" } : { state: "failed", code: failed }),
    },
  ],
  ...(failed === undefined ? {} : { failed }),
  documents: 10,
  rowsRead: 7,
  rowsWritten: 0,
  startMs: 0,
  endMs: 5,
});

const answerOf = (ids: string[], leaves: LeafReport[]): BranchAnswer => ({
  partial: {
    hits: ids.map((id) => ({ id, score: 0, sort: [id], shard: 0 })),
    rankings: [],
    total: ids.length,
    facets: [{ counts: new Map([["Drama", ids.length]]), errorBound: 0 }],
    aggregations: [],
  },
  leaves,
});

describe("gathering", () => {
  it("merges the branches' hits, totals and facets", () => {
    const { partial, answered, failed } = gather(plan, [
      answerOf(["b", "d"], [report(0)]),
      answerOf(["a", "c"], [report(1)]),
    ]);

    expect(partial.hits.map(({ id }) => id)).toEqual(["a", "b", "c", "d"]);
    expect(partial.total).toBe(4);
    expect(facetsAnswer(plan, partial, true)).toEqual({
      genre: { buckets: [{ value: "Drama", count: 4 }], exact: true, errorBound: 0 },
    });
    expect(answered).toEqual(new Set([0, 1]));
    expect(failed).toEqual([]);
  });

  it("of no answer is an empty one", () => {
    expect(gather(plan, [])).toMatchObject({ partial: { hits: [], total: 0 }, reports: [], failed: [] });
  });

  it("names the shards that failed, in order", () => {
    const gathered = gather(plan, [
      answerOf(["a"], [report(3, "deadline-exceeded"), report(0)]),
      answerOf([], [report(1, "unavailable")]),
    ]);

    expect(gathered.failed).toEqual([
      { shard: 1, code: "unavailable" },
      { shard: 3, code: "deadline-exceeded" },
    ]);
    expect(gathered.answered).toEqual(new Set([0]));
    expect(leavesAnswer(collectionOf(), gathered)).toMatchObject({
      total: 4,
      answered: 1,
      failed: gathered.failed,
    });
  });

  it("counts the cost of every report", () => {
    const { reports } = gather(plan, [
      answerOf([], [report(0), report(1)]),
      answerOf([], [report(2), report(3)]),
    ]);

    expect(costOfReports(reports)).toMatchObject({ doRequests: 4, rowsRead: 28, rowsWritten: 0 });
  });

  it("counts every attempt, and that a leaf was told to stop", () => {
    const attempts: LeafReport["attempts"] = [
      { replica: 0, kind: "first", startMs: 0, endMs: 40, state: "abandoned" },
      { replica: 1, kind: "hedge", startMs: 20, endMs: 30, state: "failed", code: "unavailable" },
      { replica: 2, kind: "retry", startMs: 30, endMs: 40, state: "answered" },
    ];
    const gathered = gather(plan, [answerOf([], [{ ...report(0), attempts }])]);

    expect(leavesAnswer(collectionOf(), gathered)).toMatchObject({ answered: 1, hedged: 1, retried: 1 });
    expect(costOfReports(gathered.reports)).toMatchObject({ doRequests: 4 });
  });

  it("takes a shard for failed whose documents could not be fetched", () => {
    const gathered = gather(plan, [answerOf(["a"], [report(0), report(1)])]);
    const { answered, failed, reports } = withFetch(gathered, [report(0), report(1, "unavailable")]);

    expect([[...answered], failed]).toEqual([[0], [{ shard: 1, code: "unavailable" }]]);
    expect(reports).toHaveLength(4);
    expect(withFetch(gathered, [])).toBe(gathered);
  });
});

it("claims no exact count of what lacks documents", () => {
  const { requests } = aggregationRequests(
    { average: { avg: "votes" }, byGenre: { percentiles: "votes", at: [50], by: "genre" } },
    { genre: { type: "keyword" }, votes: { type: "number" } },
  );
  const asked: SearchPlan = { ...plan, aggregations: requests };
  const votes = createSummarizer("percentiles", precisionOf(true));
  votes.add(7, 1);
  const { aggregations, ...partial } = emptyPartial(asked);
  const found = {
    ...partial,
    aggregations: [
      ...aggregations.slice(0, 1),
      { groups: new Map([["Drama", votes.summary()]]), errorBound: 0 },
    ],
  };

  expect(facetsAnswer(asked, found, false)).toMatchObject({ genre: { exact: false } });
  expect(aggregationsAnswer(asked, found, false)).toMatchObject({
    average: { exact: false },
    byGenre: { exact: false, buckets: [{ value: "Drama", exact: false }] },
  });
  expect(aggregationsAnswer(asked, found, true)).toMatchObject({
    byGenre: { exact: true, buckets: [{ value: "Drama", exact: true }] },
  });
});

it("knows what each shard's replica had reached, the last time that it answered", () => {
  const reports = [
    { ...report(0), sequence: 4 },
    { ...report(1), sequence: 9 },
    { ...report(0), sequence: 6 },
  ];
  expect(sequencesOf([...reports, report(2, "unavailable")])).toEqual(
    new Map([
      [0, 6],
      [1, 9],
    ]),
  );
});

describe("the coverage", () => {
  const standingOn = (shards: Iterable<number>, reports: LeafReport[] = []) => ({
    ...gather(plan, []),
    answered: new Set(shards),
    reports,
  });

  it("leaves out documents that the search's fields can't be found in yet", () => {
    const reports = [{ ...report(0), outdated: 5 }, report(1)];
    expect(coverageOf(collectionOf({ shards: 2 }), standingOn([0, 1], reports))).toBe(0.75);
  });

  it("is the share of the slots whose shards answered", () => {
    const collection = collectionOf({ shards: 4 });

    expect(coverageOf(collection, standingOn([]))).toBe(0);
    expect(coverageOf(collection, standingOn([1, 2]))).toBe(0.5);
    expect(coverageOf(collection, standingOn([0, 1, 2, 3]))).toBe(1);
  });

  it("is 1 with all shards, less with fewer, and adds up", () => {
    const cases = fc
      .integer({ min: 1, max: 186 })
      .chain((shards) =>
        fc.tuple(fc.constant(collectionOf({ shards })), fc.uniqueArray(fc.nat({ max: shards - 1 }))),
      );
    fc.assert(
      fc.property(cases, ([collection, given]) => {
        const answered = new Set(given);
        const others = new Set(shardsOf(collection).filter((shard) => !answered.has(shard)));
        const coverage = coverageOf(collection, standingOn(answered));
        expect(coverage + coverageOf(collection, standingOn(others))).toBeCloseTo(1, 12);
        expect(coverage === 1).toBe(others.size === 0);
      }),
      { numRuns: 50 },
    );
  });
});

it("gives each branch at most six shards, every shard once", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 186 }), (shards) => {
      const groups = byBranch(shardsOf(collectionOf({ shards })));
      expect(groups.flat()).toEqual(Array.from({ length: shards }, (_, shard) => shard));
      expect(groups.every(({ length }) => length >= 1 && length <= 6)).toBe(true);
      expect(groups.length).toBeLessThanOrEqual(31);
    }),
  );
});
