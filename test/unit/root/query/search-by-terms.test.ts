import { describe, expect, it } from "vitest";
import type { CollectionRef } from "../../../../core/contracts/search.ts";
import type { TermAnswer, TermSearchAnswer } from "../../../../core/contracts/terms.ts";
import type { ErrorCode } from "../../../../core/errors.ts";
import { emptyPartial } from "../../../../core/query/merge.ts";
import { BY_SCORE } from "../../../../core/query/sort.ts";
import { Deadline } from "../../../../root-worker/query/scatter.ts";
import { searchByTerms } from "../../../../root-worker/query/search-by-terms.ts";
import { collectionOf } from "../../collection-of.ts";

const COLLECTION = { ...collectionOf({ shards: 2, replicas: 1 }), layout: "terms" as const };
const PLAN = {
  clauses: [
    { occur: "should" as const, kind: "term" as const, fields: [{ field: "title", terms: ["alien"] }] },
  ],
  searched: [{ field: "title" }],
  sort: [...BY_SCORE],
  limit: 10,
  facets: [],
  aggregations: [],
  highlight: [],
};

function found(sequences: number[], agreed = true): TermSearchAnswer {
  const statistics = { documents: 1, fields: [{ documents: 1, length: 1 }], frequencies: [1] };
  const hit = { id: "1", score: 1, sort: [1], shard: 0 };
  const more: Omit<TermAnswer, "sequences" | "agreed"> = {
    hits: [hit],
    matches: [],
    total: 1,
    statistics,
    documents: 1,
    missing: 0,
  };
  return { answer: { ok: true, ...more, sequences, agreed }, failed: [], leaves: [] };
}

function refused(code: ErrorCode): TermSearchAnswer {
  return { answer: { ok: false, code, message: "" }, failed: [{ leaf: 1, code }], leaves: [] };
}

/** Runs a search whose term leaves give these answers in turn. */
async function run(
  answers: TermSearchAnswer[],
  options: { filter?: string; stood?: number; shipped?: number } = {},
) {
  const refs: CollectionRef[] = [];
  let ships = 0;
  const { filter, stood = 0, shipped = 100 } = options;
  const gathered = await searchByTerms(filter === undefined ? PLAN : { ...PLAN, filter }, {
    terms: {
      search: async ({ ref }) => {
        refs.push(ref);
        const answer = answers[refs.length - 1];
        if (answer === undefined) throw new Error("nobody is there");
        return answer;
      },
    },
    branches: {
      searchMatches: async (_, matched) => ({
        partial: { ...emptyPartial(PLAN), total: matched.length },
        leaves: matched.map(({ shard }) => ({
          shard,
          replica: 0,
          attempts: [],
          documents: 1,
          rowsRead: 0,
          rowsWritten: 0,
          startMs: 0,
          endMs: 0,
          sequence: stood,
        })),
      }),
      shipTerms: async (_, shards) => {
        ships += 1;
        return shards.map((shard) => ({ shard, sequence: shipped }));
      },
    },
    collection: COLLECTION,
    deadline: new Deadline(10_000),
  });
  return { gathered, asked: refs.length, refs, ships };
}

describe("a search by terms", () => {
  it("is done once where all leaves stood on the same writes", async () => {
    const { gathered, asked, ships } = await run([found([3, 4])]);
    expect({ asked, ships }).toEqual({ asked: 1, ships: 0 });
    expect(gathered.partial.hits).toHaveLength(1);
    expect(gathered.terms).toMatchObject({ bounded: false });
  });

  it("is done again where they did not, by leaves that have reached what the others had", async () => {
    const { gathered, refs } = await run([found([3, 4], false), found([3, 4])]);
    expect(refs.map(({ minSequences }) => minSequences)).toEqual([{}, { 0: 3, 1: 4 }]);
    expect(gathered.terms).toMatchObject({ bounded: false });
  });

  it("says that it is bounded where they do not after three times", async () => {
    const { gathered, asked } = await run([found([1, 1], false), found([2, 2], false), found([3, 3], false)]);
    expect(asked).toBe(3);
    expect(gathered.terms).toMatchObject({ bounded: true });
  });

  it("counts a document leaf that had more than the matches that it was given", async () => {
    const matches = [{ shard: 0, versions: new Uint8Array([1, 5]), scores: Float64Array.of(1) }];
    const first = found([3, 4]);
    if (first.answer.ok) first.answer.matches = matches;
    const { gathered, asked } = await run([first, first, first], { filter: "year > 1", stood: 9 });
    expect(asked).toBe(3);
    expect(gathered.terms).toMatchObject({ bounded: true });
  });

  it("has the shards push what a leaf lacks, once, and asks again", async () => {
    const { gathered, asked, ships } = await run([refused("replica-behind"), found([3, 4])]);
    expect({ asked, ships }).toEqual({ asked: 2, ships: 1 });
    expect(gathered.failed).toEqual([]);
    const still = await run([refused("replica-behind"), refused("replica-behind")]);
    expect(still).toMatchObject({ asked: 2, ships: 1 });
    expect(still.gathered.failed).toMatchObject([{ shard: 1, part: "terms", code: "replica-behind" }]);
  });

  it("keeps what it has found where doing it again fails", async () => {
    const behind = refused("replica-behind");
    const { gathered } = await run([found([3, 4], false), behind, behind]);
    expect(gathered.partial.hits).toHaveLength(1);
    expect(gathered).toMatchObject({ failed: [], terms: { bounded: true } });
  });

  it("fails as a whole, and throws nothing, where nobody can be reached", async () => {
    const { gathered } = await run([]);
    expect(gathered.failed).toMatchObject([{ part: "terms", code: "unavailable" }]);
  });
});
