import { describe, expect, it, vi } from "vitest";
import { refOf, type Collection } from "../../../../core/collection.ts";
import { BRANCH_LEAVES_MAX, type BranchApi } from "../../../../core/contracts/branch.ts";
import type { ShardWrites, ShardWritesAnswer, WriteOperation } from "../../../../core/contracts/documents.ts";
import { shardOf } from "../../../../core/document/route.ts";
import { isStale, writeOperations, type WriteServices } from "../../../../core/document/write-operations.ts";
import { failure, type ErrorCode } from "../../../../core/errors.ts";
import { collectionOf } from "../../collection-of.ts";

type Write = BranchApi["write"];

const put = (id: string): WriteOperation => ({ kind: "put", id, json: `{"id":"${id}"}` });
const puts = (count: number): WriteOperation[] => Array.from({ length: count }, (_, n) => put(String(n)));

/** What a leaf that works answers: every id is its own outcome, and its shard's number the sequence. */
const written = ({ shard, operations }: ShardWrites): ShardWritesAnswer => ({
  shard,
  ok: true,
  outcomes: operations.map(({ id }) => ({ ok: true, id, version: 1, created: true })),
  sequence: 100 + shard,
  rowsWritten: 1,
});

/** Branches whose leaves work, but for what `answer` says of a shard. */
function services(
  answer: (write: ShardWrites, ref: { id: string; epoch: number }) => ShardWritesAnswer = written,
  refresh: WriteServices["refresh"] = async () => null,
) {
  const write = vi.fn<Write>(async (ref, writes) => writes.map((each) => answer(each, ref)));
  return { branches: { write }, refresh: vi.fn<WriteServices["refresh"]>(refresh) };
}

const failed = (shard: number, code: ErrorCode): ShardWritesAnswer => ({ shard, ...failure(code, "No.") });
const idsOf = (outcomes: readonly object[]): unknown[] =>
  outcomes.map((outcome) => ("id" in outcome ? outcome.id : "code" in outcome ? outcome.code : undefined));

describe("operations", () => {
  it("have their outcomes in their order, whichever shards they went to", async () => {
    const operations = puts(50);
    const { outcomes, sequences } = await writeOperations(services(), collectionOf(), operations);

    expect(idsOf(outcomes)).toEqual(operations.map(({ id }) => id));
    expect(sequences).toEqual(new Map([0, 1, 2, 3].map((shard) => [shard, 100 + shard])));
  });

  it("ask no branch when there are none", async () => {
    const given = services();

    const written = await writeOperations(given, collectionOf(), []);
    expect(written).toMatchObject({ outcomes: [], sequences: new Map() });
    expect(given.branches.write).not.toHaveBeenCalled();
  });

  it("go out in branches of at most six shards, under the collection's id, epoch and replicas", async () => {
    const given = services();
    const collection = collectionOf({ shards: 13, epoch: 7, replicas: 3 });
    await writeOperations(given, collection, puts(500));
    const { calls } = given.branches.write.mock;

    expect(calls.map(([, writes]) => writes.length)).toEqual([BRANCH_LEAVES_MAX, BRANCH_LEAVES_MAX, 1]);
    expect(calls.map(([ref]) => ref)).toEqual(calls.map(() => refOf(collection)));
  });
});

describe("a collection that is resharded in the middle", () => {
  it("takes what is left by its new map, and answers no sequence of leaves that others have taken the place of", async () => {
    const before = collectionOf();
    const after = collectionOf({ shards: 2, epoch: 4, generation: 1 });
    const stale = (write: ShardWrites, { epoch }: { epoch: number }) =>
      epoch === before.epoch && write.shard !== 0 ? failed(write.shard, "stale-epoch") : written(write);
    const { outcomes, sequences, collection } = await writeOperations(
      services(stale, async () => after),
      before,
      // Some are written at once, by the old map's first shard; the others all go to the new one's second.
      puts(50).filter(({ id }) => shardOf(before, id) === 0 || shardOf(after, id) === 1),
    );

    expect(outcomes.every(({ ok }) => ok)).toBe(true);
    expect(collection).toBe(after);
    expect(sequences).toEqual(new Map([[1, 101]]));
  });
});

describe("a failure", () => {
  it("of one shard is its operations' alone, and is not tried again", async () => {
    const operations = puts(50);
    const collection = collectionOf();
    const given = services((write) => (write.shard === 2 ? failed(2, "unavailable") : written(write)));
    const { outcomes, sequences } = await writeOperations(given, collection, operations);

    expect(idsOf(outcomes)).toEqual(
      operations.map(({ id }) => (shardOf(collection, id) === 2 ? "unavailable" : id)),
    );
    expect(sequences.has(2)).toBe(false);
    expect(given.branches.write).toHaveBeenCalledTimes(1);
    expect(given.refresh).not.toHaveBeenCalled();
  });

  it("of one operation is its own, in its place", async () => {
    const given = services((write) => ({
      shard: write.shard,
      ok: true,
      outcomes: write.operations.map(({ id }) =>
        id === "b" ? failure("precondition-failed", "No.") : { ok: true, id, version: 1, created: true },
      ),
      sequence: 1,
      rowsWritten: 1,
    }));
    const { outcomes } = await writeOperations(given, collectionOf({ shards: 1 }), [
      put("a"),
      put("b"),
      put("c"),
    ]);

    expect(idsOf(outcomes)).toEqual(["a", "precondition-failed", "c"]);
  });

  it("of a branch that throws is its shards', and tells nothing of what was thrown", async () => {
    const collection = collectionOf({ shards: 12 });
    const write = vi.fn<Write>(async (_, writes) => {
      if (writes.some(({ shard }) => shard === 0)) throw new Error("internal: host 10.0.0.1");
      return writes.map((each) => written(each));
    });
    const operations = puts(200);
    const { outcomes } = await writeOperations(
      { branches: { write }, refresh: async () => null },
      collection,
      operations,
    );

    expect(idsOf(outcomes)).toEqual(
      operations.map(({ id }) => (shardOf(collection, id) < 6 ? "unavailable" : id)),
    );
    expect(JSON.stringify(outcomes)).not.toMatch("10.0.0.1");
  });

  it("is what an operation has that a branch forgot", async () => {
    const given = services((write) => ({
      shard: write.shard,
      ok: true,
      outcomes: [],
      sequence: 1,
      rowsWritten: 0,
    }));
    const { outcomes } = await writeOperations(given, collectionOf(), [put("a")]);

    expect(idsOf(outcomes)).toEqual(["unavailable"]);
  });
});

describe("an old map", () => {
  const old = collectionOf({ epoch: 1, shards: 2 });
  const current = collectionOf({ epoch: 2, shards: 3 });
  const knowsCurrent = (write: ShardWrites, { epoch }: { epoch: number }): ShardWritesAnswer =>
    epoch === 2 ? written(write) : failed(write.shard, "stale-epoch");

  it("is read again, and the operations go to the shards of the new one", async () => {
    const given = services(knowsCurrent, async () => current);
    const operations = puts(30);
    const { outcomes, sequences } = await writeOperations(given, old, operations);
    const [, second] = given.branches.write.mock.calls;

    expect(idsOf(outcomes)).toEqual(operations.map(({ id }) => id));
    expect([...sequences.keys()].toSorted((a, b) => a - b)).toEqual([0, 1, 2]);
    expect(given.refresh).toHaveBeenCalledTimes(1);
    for (const { shard, operations: sent } of second?.[1] ?? []) {
      expect(sent.map(({ id }) => shardOf(current, id))).toEqual(sent.map(() => shard));
    }
  });

  it("of one shard repeats that shard's operations alone, in their order", async () => {
    const collection = collectionOf({ epoch: 1, shards: 2 });
    const next: Collection = { ...collection, epoch: 2 };
    const given = services(
      (write, { epoch }) => (write.shard === 0 && epoch === 1 ? failed(0, "stale-epoch") : written(write)),
      async () => next,
    );
    const operations = [...puts(20), ...puts(20)];
    await writeOperations(given, collection, operations);
    const [first, second] = given.branches.write.mock.calls;
    const shard0 = first?.[1].find(({ shard }) => shard === 0);

    expect(second?.[1]).toEqual([shard0]);
  });

  it("that stays old fails with a code that may be repeated, after a few attempts", async () => {
    const given = services(
      ({ shard }) => failed(shard, "stale-epoch"),
      async () => old,
    );
    const { outcomes } = await writeOperations(given, old, [put("a")]);

    expect(idsOf(outcomes)).toEqual(["stale-epoch"]);
    expect(given.branches.write).toHaveBeenCalledTimes(4);
    expect(given.refresh).toHaveBeenCalledTimes(3);
  });

  it("of a collection that is gone fails what is left, and nothing that was written", async () => {
    const given = services((write) => (write.shard === 0 ? failed(0, "unknown-collection") : written(write)));
    const operations = puts(20);
    const { outcomes } = await writeOperations(given, old, operations);

    expect(idsOf(outcomes)).toEqual(
      operations.map(({ id }) => (shardOf(old, id) === 0 ? "unknown-collection" : id)),
    );
  });

  it("that can't be read again fails what is left, and nothing that was written", async () => {
    const given = services(
      (write) => (write.shard === 0 ? failed(0, "stale-epoch") : written(write)),
      async () => {
        throw new Error("the Catalog is away");
      },
    );
    const operations = puts(20);
    const { outcomes } = await writeOperations(given, old, operations);

    expect(idsOf(outcomes)).toEqual(
      operations.map(({ id }) => (shardOf(old, id) === 0 ? "unavailable" : id)),
    );
  });

  it.each<[ErrorCode, boolean]>([
    ["stale-epoch", true],
    ["unknown-collection", true],
    ["unavailable", false],
    ["unknown-document", false],
  ])("shows itself by %s: %s", (code, stale) => {
    expect(isStale(failure(code, ""))).toBe(stale);
  });
});
