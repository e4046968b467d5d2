import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { BranchScatterAnswer, LeafScatterAnswer } from "../../../core/contracts/scatter.ts";
import { failure } from "../../../core/errors.ts";
import { Partials, type MapReduce } from "../../../core/map-reduce/partials.ts";
import type { Asked } from "../../../core/scatter/leaf-calls.ts";
import { mapDocuments, type BatchSource } from "../../../shard-workers/documents/map-documents.ts";
import { reduceAnswers } from "../../../shard-workers/documents/reduce-answers.ts";

interface Document {
  id: string;
  word: string;
  n: number;
}

interface Partial {
  words: Record<string, number>;
  most: number | null;
}

/** An associative and commutative function, run here: documents by word, and the greatest `n`. */
const FUNCTION = {
  map(documents: readonly Document[]): Partial {
    return FUNCTION.reduce(documents.map(({ word, n }) => ({ words: { [word]: 1 }, most: n })));
  },
  reduce(partials: readonly Partial[]): Partial {
    const words = new Map<string, number>();
    let most: number | null = null;
    for (const partial of partials) {
      for (const [word, count] of Object.entries(partial.words))
        words.set(word, (words.get(word) ?? 0) + count);
      if (partial.most !== null) most = Math.max(most ?? partial.most, partial.most);
    }
    return { words: Object.fromEntries([...words].toSorted(([a], [b]) => (a < b ? -1 : 1))), most };
  },
};

const RUN: MapReduce = {
  map: async (documents) => ({
    ok: true,
    json: JSON.stringify(FUNCTION.map(JSON.parse(documents) as Document[])),
  }),
  reduce: async (partials) => ({
    ok: true,
    json: JSON.stringify(FUNCTION.reduce(partials.map((partial) => JSON.parse(partial) as Partial))),
  }),
};

/** Batches of these lengths in turn, until the documents have run out. */
function sourceOf(documents: readonly Document[], lengths: readonly number[]): BatchSource {
  let at = 0;
  let turn = 0;
  return {
    next() {
      const batch = documents.slice(at, at + (lengths[turn++ % lengths.length] ?? 1));
      at += batch.length;
      if (batch.length === 0) return { ok: true, batch: undefined };
      return { ok: true, batch: { json: JSON.stringify(batch), documents: batch.length } };
    },
    letOthersIn: async () => undefined,
  };
}

type Answered = Extract<LeafScatterAnswer, { ok: true }>;

async function leaf(
  shard: number,
  documents: readonly Document[],
  lengths: readonly number[],
): Promise<Asked<Answered>> {
  const mapped = await mapDocuments(sourceOf(documents, lengths), RUN);
  const report = { sequence: 1, documents: documents.length, rowsRead: 0 };
  return { shard, result: mapped.ok ? { ...mapped, ...report } : mapped, attempts: [] };
}

async function root(branches: readonly BranchScatterAnswer[]): Promise<unknown> {
  const partials = new Partials(RUN);
  for (const { partial } of branches) if (partial !== undefined) await partials.add(partial);
  const last = await partials.last();
  return last.ok ? JSON.parse(last.json) : last;
}

const documents = fc.array(
  fc.record({
    id: fc.string(),
    word: fc.constantFrom("a", "b", "c", "__proto__x", "ä"),
    n: fc.integer({ min: -1000, max: 1000 }),
  }),
  { maxLength: 200 },
);

describe("a map and a reduce that is associative and commutative", () => {
  it("come to the same for any split into shards, branches and batches as in one leaf", async () => {
    await fc.assert(
      fc.asyncProperty(
        documents,
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 1, max: 6 }),
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 4 }),
        async (all, shards, leavesABranch, lengths) => {
          const byShard = Array.from({ length: shards }, (_, shard) =>
            all.filter((_, n) => (n * 7) % shards === shard),
          );
          const leaves = await Promise.all(byShard.map((some, shard) => leaf(shard, some, lengths)));
          const branches: BranchScatterAnswer[] = [];
          for (let first = 0; first < shards; first += leavesABranch) {
            branches.push(await reduceAnswers(leaves.slice(first, first + leavesABranch), RUN));
          }

          expect(await root(branches)).toEqual(FUNCTION.map(all));
          const reports = branches.flatMap((branch) => branch.leaves);
          expect(reports.map(({ shard }) => shard)).toEqual(leaves.map(({ shard }) => shard));
          expect(reports.reduce((sum, { mapped = 0 }) => sum + mapped, 0)).toBe(all.length);
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe("a leaf", () => {
  it("lets others in between two batches", async () => {
    const order: string[] = [];
    const documents = ["a", "b"].map((id) => ({ id, word: "word", n: 1 }));
    const source: BatchSource = {
      ...sourceOf(documents, [1]),
      letOthersIn: async () => void order.push("others"),
    };
    const map: MapReduce["map"] = async (json) => {
      order.push("batch");
      return RUN.map(json);
    };
    await mapDocuments(source, { ...RUN, map });

    expect(order).toEqual(["batch", "others", "batch", "others"]);
  });

  it("that can't go on says why, and hands nothing more to the function", async () => {
    let calls = 0;
    let turns = 0;
    const source: BatchSource = {
      next: () =>
        ++turns > 2
          ? failure("cancelled", "The read was called off.")
          : { ok: true, batch: { json: "[]", documents: 1 } },
      letOthersIn: async () => undefined,
    };
    const answer = await mapDocuments(source, {
      ...RUN,
      map: async () => {
        calls += 1;
        return { ok: true, json: "1" };
      },
    });

    expect(answer).toMatchObject({ ok: false, code: "cancelled" });
    expect(calls).toBe(2);
  });

  it("stops at the first batch that the function fails for", async () => {
    let turns = 0;
    const source: BatchSource = {
      next: () => {
        turns += 1;
        return { ok: true, batch: { json: "[]", documents: 1 } };
      },
      letOthersIn: async () => undefined,
    };
    const answer = await mapDocuments(source, { ...RUN, map: async () => failure("function-failed", "oh") });

    expect(answer).toMatchObject({ code: "function-failed" });
    expect(turns).toBe(1);
  });
});

describe("a branch", () => {
  const answered = (shard: number, partial?: string): Asked<Answered> => ({
    shard,
    result: {
      ok: true,
      ...(partial === undefined ? {} : { partial }),
      mapped: 1,
      functionCalls: 2,
      sequence: 1,
      documents: 1,
      rowsRead: 3,
    },
    attempts: [],
  });
  const failed = (shard: number, code: "unavailable" | "function-failed"): Asked<Answered> => ({
    shard,
    result: failure(code, "why"),
    attempts: [],
  });

  it("answers with the partial results of the leaves that gave one, and a report of each", async () => {
    const empty = '{"words":{},"most":null}';
    const answer = await reduceAnswers([answered(0, empty), failed(1, "unavailable"), answered(2)], RUN);

    expect(answer).toMatchObject({
      partial: empty,
      functionCalls: 0,
      leaves: [{ shard: 0, functionCalls: 2 }, { shard: 1, failed: "unavailable" }, { shard: 2 }],
    });
    expect(answer.fault).toBeUndefined();
  });

  it("has no answer where the function has failed at a leaf, or fails here", async () => {
    const reduce = async () => failure("function-failed", "at the branch");

    expect((await reduceAnswers([answered(0, "1"), failed(1, "function-failed")], RUN)).fault).toMatchObject({
      message: "why",
    });
    expect((await reduceAnswers([answered(0, "1"), answered(1, "1")], { reduce })).fault).toMatchObject({
      message: "at the branch",
    });
  });

  it("that can't run the function has lost what its leaves answered", async () => {
    const reduce = async () => failure("function-busy", "Too many.");
    const answer = await reduceAnswers([answered(0, "1"), answered(1, "1"), failed(2, "unavailable")], {
      reduce,
    });

    expect(answer.leaves.map((report) => report.failed)).toEqual([
      "function-busy",
      "function-busy",
      "unavailable",
    ]);
    expect(answer.fault).toBeUndefined();
  });
});
