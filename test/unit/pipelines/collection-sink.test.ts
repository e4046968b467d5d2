import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Collection } from "../../../core/collection.ts";
import type { BranchApi } from "../../../core/contracts/branch.ts";
import { failure } from "../../../core/errors.ts";
import { evenSlotMap } from "../../../core/slots.ts";
import { DEAD_LETTERS } from "../../../core/platform-collections.ts";
import { ownDocument } from "../../../decorators/pipelines/own-documents.ts";
import {
  deliverToCollection,
  writeDocuments,
  type EventWrite,
  type SinkServices,
} from "../../../decorators/pipelines/collection-sink.ts";
import { ExpiringCache } from "../../../decorators/pipelines/expiring-cache.ts";
import { WRITE_BYTES_MAX } from "../../../decorators/pipelines/limits.ts";

const collection: Collection = {
  name: "c",
  id: "C1",
  epoch: 1,
  layout: "documents",
  shards: 1,
  replicas: 1,
  fields: { year: { type: "number" } },
  slots: evenSlotMap(1),
  createdAt: "2026-01-01T00:00:00Z",
};

const event = (data: object): EventWrite => ({
  event: { specversion: "1.0", id: "e", source: "/s", type: "t", data },
  order: "1",
});

type Write = BranchApi["write"];

/** Leaves that write whatever they are told to. */
const writing: Write = async (_, writes) =>
  writes.map(({ shard, operations }) => ({
    shard,
    ok: true,
    outcomes: operations.map(({ id }) => ({ ok: true, id, version: 1, created: true })),
    sequence: 1,
    rowsWritten: 1,
  }));

function services(write: Write, found: Collection | null = collection) {
  const spied = vi.fn<Write>(write);
  const getCollection = vi.fn<SinkServices["catalog"]["getCollection"]>(async () => found);
  const putCollection = vi.fn<SinkServices["catalog"]["putCollection"]>(async (name, spec) => ({
    ok: true,
    created: true,
    collection: { ...collection, ...spec, name, slots: evenSlotMap(spec.shards) },
  }));
  const cache = new ExpiringCache<Collection>(60_000);
  return { branches: { write: spied }, catalog: { getCollection, putCollection }, cache };
}

const idsOf = (calls: Parameters<Write>[]): string[][] =>
  calls.map(([, writes]) => writes.flatMap(({ operations }) => operations.map(({ id }) => id)));

beforeEach(() => {
  vi.spyOn(console, "error").mockImplementation(() => undefined);
});
afterEach(() => {
  vi.restoreAllMocks();
});

describe("delivery to a collection", () => {
  it("writes all documents in one call, in order, and looks the collection up once", async () => {
    const reach = services(writing);
    const outcomes = await deliverToCollection(reach, "c", [
      event({ id: "a" }),
      event({ id: "b" }),
      event({ id: "a" }),
    ]);
    await deliverToCollection(reach, "c", [event({ id: "d" })]);

    expect(outcomes).toEqual(Array.from({ length: 3 }, () => ({ kind: "delivered" })));
    expect(idsOf(reach.branches.write.mock.calls)).toEqual([["a", "b", "a"], ["d"]]);
    expect(reach.catalog.getCollection).toHaveBeenCalledTimes(1);
  });

  it("rejects documents that break the collection's declaration, and writes their neighbours", async () => {
    const reach = services(writing);
    const outcomes = await deliverToCollection(reach, "c", [
      event({ id: "a" }),
      event({ id: "b", year: "old" }),
    ]);

    expect(outcomes).toEqual([{ kind: "delivered" }, { kind: "rejected", error: "year: must be a number" }]);
    expect(idsOf(reach.branches.write.mock.calls)).toEqual([["a"]]);
  });

  it("looks a collection up again that has changed, and writes to what it is now", async () => {
    const reach = services(async (ref, writes) =>
      ref.epoch === 2
        ? writing(ref, writes)
        : writes.map(({ shard }) => ({ shard, ...failure("stale-epoch", "old") })),
    );
    reach.cache.set("c", collection);
    reach.catalog.getCollection.mockResolvedValue({ ...collection, epoch: 2 });

    expect(await deliverToCollection(reach, "c", [event({})])).toEqual([{ kind: "delivered" }]);
    expect(reach.branches.write.mock.calls.map(([ref]) => ref.epoch)).toEqual([1, 2]);
  });

  it("fails, and may pass another time, when there is no such collection", async () => {
    expect(await deliverToCollection(services(writing, null), "c", [event({})])).toEqual([
      { kind: "failed", error: 'There is no collection "c".' },
    ]);
  });

  it.each([
    ["a branch", services(async () => Promise.reject(new Error("away")))],
    [
      "a shard",
      services(async (_, writes) =>
        writes.map(({ shard }) => ({ shard, ...failure("unavailable", "away") })),
      ),
    ],
  ])("waits when %s can't be had", async (_, reach) => {
    expect(await deliverToCollection(reach, "c", [event({})])).toMatchObject([{ kind: "waiting" }]);
  });

  it("makes a collection of the platform's own when it is first needed, and no other", async () => {
    const reach = services(writing, null);
    const letter = ownDocument("1", { error: "no" });

    expect(await writeDocuments(reach, DEAD_LETTERS, [letter])).toEqual([{ kind: "delivered" }]);
    expect(reach.catalog.putCollection.mock.calls.map(([name]) => name)).toEqual([DEAD_LETTERS]);
    expect(await writeDocuments(reach, "c", [letter])).toMatchObject([{ kind: "failed" }]);
    expect(reach.catalog.putCollection).toHaveBeenCalledTimes(1);
  });

  it("waits when the Catalog can't be had", async () => {
    const reach = services(writing);
    reach.catalog.getCollection.mockRejectedValue(new Error("away"));

    expect(await deliverToCollection(reach, "c", [event({}), event({})])).toMatchObject([
      { kind: "waiting" },
      { kind: "waiting" },
    ]);
  });

  it("cuts what is more than a call holds, and keeps the order", async () => {
    const reach = services(writing);
    const large = "x".repeat(900_000);
    const events = Array.from({ length: 20 }, (_, n) => event({ id: String(n), large }));
    const outcomes = await deliverToCollection(reach, "c", events);

    expect(outcomes.every(({ kind }) => kind === "delivered")).toBe(true);
    expect(idsOf(reach.branches.write.mock.calls).flat()).toEqual(events.map((_, n) => String(n)));
    expect(reach.branches.write.mock.calls.length).toBe(
      Math.ceil(20 / Math.floor(WRITE_BYTES_MAX / 900_020)),
    );
  });
});
