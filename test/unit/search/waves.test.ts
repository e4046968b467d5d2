import { beforeEach, describe, expect, it } from "vitest";
import type { BranchApi } from "../../../core/contracts/branch.ts";
import type { LeafReport, SearchPlan } from "../../../core/contracts/search.ts";
import { HintCache } from "../../../root-worker/query/hint-cache.ts";
import { Deadline } from "../../../root-worker/query/scatter.ts";
import { searchInWaves, type WaveSetting } from "../../../root-worker/query/search-waves.ts";
import { Shards } from "./shards.ts";

/** A collection whose best hits all lie in one of seven shards: its leaf answers too few at first. */
let shards: Shards;
let calls: { shard: number; plan: SearchPlan }[];
/** Runs before a shard is asked for the n-th time (from 1); what it returns is the shard's failure. */
let before: (shard: number, times: number) => LeafReport["failed"];

beforeEach(() => {
  calls = [];
  before = () => undefined;
  shards = new Shards({ text: { type: "text" }, tag: { type: "keyword" } }, 7, ({ id }) =>
    id.startsWith("best") ? 3 : Number(id.slice(1)) % 7,
  );
  shards.put(
    Array.from({ length: 40 }, (_, n) => ({ id: `best${n + 10}`, text: "leaf leaf", tag: `t${n % 3}` })),
  );
  shards.put(Array.from({ length: 70 }, (_, n) => ({ id: `d${n}`, text: "leaf of a stalk", tag: "other" })));
});

const branches: Pick<BranchApi, "search"> = {
  async search(ref, asked, plan, deadlineMs) {
    const failed = new Map(
      asked.map((shard) => {
        calls.push({ shard, plan });
        return [shard, before(shard, calls.filter((call) => call.shard === shard).length)];
      }),
    );
    const up = asked.filter((shard) => failed.get(shard) === undefined);
    const { partial, leaves } = await shards.branches.search(ref, up, plan, deadlineMs);
    const down = asked.flatMap((shard): LeafReport[] => {
      const code = failed.get(shard);
      return code === undefined
        ? []
        : [
            {
              shard,
              replica: 0,
              attempts: [],
              failed: code,
              documents: 0,
              rowsRead: 0,
              rowsWritten: 0,
              startMs: 0,
              endMs: 0,
            },
          ];
    });
    return { partial, leaves: [...leaves, ...down] };
  },
};

function search(request: object, differences: Partial<WaveSetting> = {}) {
  return searchInWaves(shards.plan(request), {
    branches,
    collection: shards.collection,
    hints: new HintCache(),
    firstWave: new Deadline(30_000),
    deadline: new Deadline(30_000),
    ...differences,
  });
}

const timesAsked = () => shards.leaves.map((_, shard) => calls.filter((call) => call.shard === shard).length);

describe("the waves of a search", () => {
  it("are one where the first leaves nothing open", async () => {
    const hints = new HintCache();
    await search({ q: "leaf", limit: 1 }, { hints });
    calls = [];
    const { secondWave, partial, more } = await search({ q: "leaf", limit: 3 }, { hints });

    expect(timesAsked()).toEqual([1, 1, 1, 1, 1, 1, 1]);
    expect(secondWave).toBe(0);
    expect(partial.hits.map(({ id }) => id)).toEqual(["best10", "best11", "best12"]);
    expect(more).toBe(true);
  });

  it("are two for the leaf that holds back what may be among the hits, and for no other", async () => {
    const { secondWave, partial, reports } = await search({ q: "leaf", limit: 20 });

    expect(timesAsked()).toEqual([1, 1, 1, 2, 1, 1, 1]);
    expect(secondWave).toBe(1);
    expect(reports.filter(({ wave }) => wave === 2).map(({ shard }) => shard)).toEqual([3]);
    expect(partial.hits.map(({ id }) => id)).toEqual(Array.from({ length: 20 }, (_, n) => `best${n + 10}`));
    expect(partial.total).toBe(110);
  });

  it("are two at most, also when everything is written anew in between: scores are the first wave's, documents the last's", async () => {
    const plan = shards.plan({ q: "leaf" });
    const statistics = shards.statistics(plan);
    before = (_, times) => {
      if (times !== 2) return undefined;
      shards.delete(["best10"]);
      shards.put(
        Array.from({ length: 400 }, (_unused, n) => ({
          id: `d${n}`,
          text: "leaf leaf leaf leaf",
          tag: "new",
        })),
      );
      return undefined;
    };
    const gathered = await search({ q: "leaf", limit: 20 });

    expect(timesAsked()).toEqual([1, 1, 1, 2, 1, 1, 1]);
    expect(gathered.statistics?.documents).toBe(
      statistics.reduce((sum, { documents }) => sum + documents, 0),
    );
    // Shard 3 answered twice: it no longer has the first, and has new documents, which score by the old statistics.
    expect(gathered.partial.hits.map(({ id }) => id)).not.toContain("best10");
    expect(gathered.partial.hits[0]?.id).toBe("d10");
    const scores = gathered.partial.hits.map(({ score }) => score);
    expect(scores.toSorted((a, b) => b - a)).toEqual(scores);
  });

  it("leave a leaf's first answer as it is when the second fails, and say which", async () => {
    before = (shard, times) => (shard === 3 && times === 2 ? "deadline-exceeded" : undefined);
    const { partial, failed, unconfirmed, answered } = await search({ q: "leaf", limit: 20 });

    expect(failed).toEqual([]);
    expect(unconfirmed).toEqual([{ shard: 3, code: "deadline-exceeded" }]);
    expect(answered.size).toBe(7);
    expect(partial.hits.filter(({ id }) => id.startsWith("best")).length).toBeGreaterThan(8);
    expect(partial.hits).toHaveLength(20);
  });

  it("do not ask a shard again that has not answered, and rank by the statistics of those that have", async () => {
    before = (shard) => (shard === 3 ? "unavailable" : undefined);
    const hints = new HintCache();
    const { partial, failed, statistics } = await search({ q: "leaf", limit: 5 }, { hints });

    expect(failed).toEqual([{ shard: 3, code: "unavailable" }]);
    expect(timesAsked()[3]).toBe(1);
    expect(statistics?.documents).toBe(60);
    expect(partial.hits).toHaveLength(5);
    // What is not of the whole collection is not worth remembering.
    expect(hints.hintsFor("plain", shards.plan({ q: "leaf" })).documents).toBeNull();
  });

  it("ask for documents with those hits alone that are likely to be on the page", async () => {
    await search({ q: "leaf", limit: 10 });
    const [first] = calls;
    if (first === undefined) throw new Error("a shard was asked");

    expect(first.plan).toMatchObject({ inlined: 5, leafLimit: 10 });
    const { hits } = shards.leaves[3]?.search(first.plan, 3, 100_000) ?? { hits: [] };
    expect(hits.map(({ document }) => document !== undefined)).toEqual([
      ...Array.from({ length: 5 }, () => true),
      ...Array.from({ length: 5 }, () => false),
    ]);
  });

  it("bring no hints, and ask for no statistics, where there is nothing to rank", async () => {
    await search({ q: "", limit: 5 });
    await search({ q: "leaf", limit: 0 });

    expect(calls.every(({ plan }) => plan.hints === undefined && plan.statistics === undefined)).toBe(true);
  });

  it("are two for a facet with more values than leaves answer at once, when it is not settled", async () => {
    shards.put(
      Array.from({ length: 7_700 }, (_, n) => ({ id: `d${n + 100}`, text: "leaf", tag: `v${n % 2_500}` })),
    );
    const { partial, secondWave } = await search({ q: "leaf", limit: 3, facets: { tag: { limit: 5 } } });

    expect(secondWave).toBe(7);
    const counts = partial.facets[0]?.counts ?? new Map();
    expect([counts.get("other"), counts.get("t0"), counts.get("v0"), counts.get("v201")]).toEqual([
      70, 14, 4, 3,
    ]);
  });
});
