import { runInDurableObject } from "cloudflare:test";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Leaf } from "../../../shard-workers/documents/leaf.ts";
import { leafStub } from "../../../shard-workers/documents/leaf-stub.ts";
import { ReplicaTransport } from "../../../shard-workers/documents/replication/transport.ts";
import { branch, declare, env, fields, put, refOf, spec } from "./one-leaf.ts";
import {
  contentOf,
  declareReplicas,
  expectSameEverywhere,
  kill,
  leaf,
  loseStorage,
  replicaOf,
  ring,
  states,
  writeTo,
} from "./replicas.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

/** So large that a few dozen of them are more than one message of a copy. */
const PADDING = "padding ".repeat(12_500);
const large = (from: number, count: number) =>
  Array.from({ length: count }, (_, n) =>
    put(`d${String(from + n).padStart(4, "0")}`, { title: "large", padding: PADDING }),
  );

describe("a write", () => {
  it("reaches every replica after it was answered, with the primary's versions", async () => {
    const films = await declareReplicas(3);
    await writeTo(films, [put("1", { title: "Jaws" }), put("2", { title: "Alien" })]);
    await writeTo(films, [
      { kind: "patch", id: "1", json: '{"year":1975}' },
      { kind: "delete", id: "2" },
    ]);

    const documents = await expectSameEverywhere(films);
    expect(documents.map(({ json }) => JSON.parse(json) as object)).toEqual([
      { id: "1", title: "Jaws", year: 1975 },
    ]);
    expect((await states(films)).map(({ sequence }) => sequence)).toEqual([2, 2, 2]);
  });

  it("is taken by the primary alone", async () => {
    const films = await declareReplicas(2);
    expect(await leaf(films, 1).write(refOf(films), [put("1")])).toMatchObject({ ok: false });
  });

  it("costs a row a batch on each replica, and nothing more where there are none", async () => {
    const films = await declareReplicas(2);
    const alone = await declareReplicas(1, "alone");
    // The first in a while also sets the alarm.
    for (const collection of [films, alone]) await writeTo(collection, [put("0"), put("1")]);
    // It must not ring before the next write, however long that takes.
    await runInDurableObject(replicaOf(films, 0), async (_: Leaf, { storage }) =>
      storage.setAlarm(Date.now() + 3_600_000),
    );
    const [answer] = await branch.write(refOf(films), [{ shard: 0, operations: [put("2"), put("3")] }]);
    const [answerAlone] = await branch.write(refOf(alone), [{ shard: 0, operations: [put("2"), put("3")] }]);

    expect(answer).toMatchObject({ ok: true, rowsWritten: 1 });
    expect(answerAlone).toMatchObject({ ok: true, rowsWritten: 1 });
    await expectSameEverywhere(films);
    expect(await ring(alone, 0)).toBe(false);
  });

  it("whose primary dies before it pushes is pushed by the alarm", async () => {
    const films = await declareReplicas(2);
    await writeTo(films, [put("1", { n: 1 })]);
    await expectSameEverywhere(films);
    const push = vi.spyOn(ReplicaTransport.prototype, "push").mockReturnValue(new Promise(() => {}));
    await writeTo(films, [put("1", { n: 2 })]);
    await kill(films, 0);
    // Before the push works again: alarms come by themselves, too.
    expect(await states(films)).toMatchObject([{ sequence: 2 }, { sequence: 1, state: "behind" }]);
    push.mockRestore();

    expect(await ring(films, 0)).toBe(true);
    await expect
      .poll(() => states(films))
      .toMatchObject([{ sequence: 2 }, { sequence: 2, state: "current" }]);
    await expectSameEverywhere(films);
  });

  it("is pushed together with the next when the replica could not be reached", async () => {
    const films = await declareReplicas(2);
    await expectSameEverywhere(films);
    const push = vi.spyOn(ReplicaTransport.prototype, "push").mockRejectedValue(new Error("lost"));
    await writeTo(films, [put("1")]);
    await writeTo(films, [put("2")]);
    push.mockRestore();
    await writeTo(films, [put("3")]);

    expect(await expectSameEverywhere(films)).toHaveLength(3);
  });
});

describe("a read that must see a sequence", () => {
  it("sees it on every replica: one that is behind pulls first", async () => {
    const films = await declareReplicas(3);
    await expectSameEverywhere(films);
    vi.spyOn(ReplicaTransport.prototype, "push").mockRejectedValue(new Error("lost"));
    const minSequence = await writeTo(films, [put("1", { title: "Jaws" })]);

    for (const replica of [0, 1, 2]) {
      expect(await leaf(films, replica).getDocument(refOf(films), "1", { minSequence })).toMatchObject({
        ok: true,
        document: { id: "1" },
      });
    }
  });

  it("is refused by a replica that is behind and can't reach the primary, and may be tried elsewhere", async () => {
    const films = await declareReplicas(2);
    await expectSameEverywhere(films);
    vi.spyOn(ReplicaTransport.prototype, "push").mockRejectedValue(new Error("lost"));
    vi.spyOn(ReplicaTransport.prototype, "pull").mockRejectedValue(new Error("lost"));
    const minSequence = await writeTo(films, [put("1")]);

    expect(await leaf(films, 1).getDocument(refOf(films), "1", { minSequence })).toMatchObject({
      ok: false,
      code: "replica-behind",
    });
    // Without it, what the replica has is good enough.
    expect(await leaf(films, 1).getDocument(refOf(films), "1")).toEqual({ ok: true, document: null });
  });

  it.each([0, 1])("of the future is told so, by replica %i", async (replica) => {
    const films = await declareReplicas(2);
    await expectSameEverywhere(films);
    const minSequence = (await writeTo(films, [put("1")])) + 1;

    expect(await leaf(films, replica).getDocument(refOf(films), "1", { minSequence })).toMatchObject({
      ok: false,
      code: "invalid-bookmark",
    });
  });

  it("goes with a branch's reads, by shard", async () => {
    const films = await declareReplicas(1);
    await writeTo(films, [put("1")]);
    const ref = { ...refOf(films), minSequences: { 0: 2 } };

    expect(await branch.getDocument(ref, 0, "1", 20_000)).toMatchObject({
      ok: false,
      code: "invalid-bookmark",
    });
    expect(await branch.getDocument({ ...ref, minSequences: { 0: 1 } }, 0, "1", 20_000)).toMatchObject({
      ok: true,
    });
  });
});

describe("a new replica", () => {
  it("copies what is there, in pieces, while the primary is written to", async () => {
    const alone = await declareReplicas(1);
    for (let from = 0; from < 135; from += 45) await writeTo(alone, large(from, 45));
    const pull = vi.spyOn(ReplicaTransport.prototype, "pull");
    const films = await declareReplicas(2);
    // Before, in and behind what is copied by now.
    for (let n = 0; n < 12; n++) {
      await writeTo(films, [
        put(`d${String(n * 11).padStart(4, "0")}`, { title: "changed" }),
        { kind: "delete", id: `d${String(n * 11 + 1).padStart(4, "0")}` },
        put(`e${n}`),
      ]);
    }

    expect(await expectSameEverywhere(films)).toHaveLength(135);
    expect(pull.mock.calls.length).toBeGreaterThan(2);
  });

  it("serves no reads before it is whole, and says so", async () => {
    const alone = await declareReplicas(1);
    await writeTo(alone, [put("1")]);
    vi.spyOn(ReplicaTransport.prototype, "pull").mockRejectedValue(new Error("lost"));
    const films = await declareReplicas(2);

    expect(await contentOf(films, 1)).toBe("replica-behind");
    expect(await states(films)).toMatchObject([{ state: "current" }, { state: "rebuilding" }]);
    vi.restoreAllMocks();
    expect(await expectSameEverywhere(films)).toHaveLength(1);
  });

  it("that dies between two pieces goes on where it was", async () => {
    const alone = await declareReplicas(1);
    for (let from = 0; from < 135; from += 45) await writeTo(alone, large(from, 45));
    const asked: (string | undefined)[] = [];
    const pull = vi.spyOn(ReplicaTransport.prototype, "pull");
    pull.mockImplementation(async (request) => {
      asked.push(request.copiedTo);
      // The second piece never comes.
      if (asked.length === 2) return new Promise(() => {});
      return leafStub(env, request.ref.id, 0, 0).pull(request);
    });
    const films = await declareReplicas(2);
    await vi.waitFor(() => expect(asked).toHaveLength(2), { timeout: 50_000 });
    await kill(films, 1);
    await writeTo(films, [put("d0000", { title: "changed" }), { kind: "delete", id: "d0001" }]);

    expect(await expectSameEverywhere(films)).toHaveLength(134);
    expect(asked[0]).toBe("");
    expect(asked[1]).toMatch(/^d00/);
    expect(asked.slice(2)).not.toContain("");
  });
});

describe("a replica", () => {
  it("whose storage is lost is rebuilt", async () => {
    const films = await declareReplicas(2);
    await writeTo(films, [put("1"), put("2")]);
    await expectSameEverywhere(films);
    await loseStorage(films, 1);

    await writeTo(films, [put("3")]);
    expect(await expectSameEverywhere(films)).toHaveLength(3);
  });

  it("whose rows are damaged says so to whoever reads them, and is rebuilt", async () => {
    const films = await declareReplicas(2);
    await writeTo(films, [put("1", { title: "Jaws" }), put("2")]);
    await expectSameEverywhere(films);
    // From now on: whatever wakes the replica would have it mended before it is asked.
    vi.spyOn(ReplicaTransport.prototype, "pull").mockRejectedValue(new Error("lost"));
    await runInDurableObject(replicaOf(films, 1), (_: Leaf, { storage }) => {
      storage.sql.exec("UPDATE segment_rows SET data = x'00' WHERE key > 0");
    });
    await kill(films, 1);
    expect(await contentOf(films, 1)).toBe("corrupt");
    expect(await states(films)).toMatchObject([{ state: "current" }, { state: "corrupt" }]);
    vi.restoreAllMocks();

    expect(await expectSameEverywhere(films)).toHaveLength(2);
  });

  it("that can't be reached is told as such, and fails nobody's figures", async () => {
    const films = await declareReplicas(2);
    await writeTo(films, [put("1")]);
    await expectSameEverywhere(films);
    // A method of the instance's own is none that RPC reaches: the call fails, whatever it is mocked with.
    await runInDurableObject(replicaOf(films, 1), (instance: Leaf) => {
      vi.spyOn(instance, "stats").mockRejectedValue(new Error("unreachable"));
    });

    expect(await states(films)).toMatchObject([
      { replica: 0, sequence: 1, state: "current" },
      { replica: 1, sequence: 0, state: "unreachable" },
    ]);
  });

  it("answers reads when the primary is down, and the figures are then its own", async () => {
    const films = await declareReplicas(2);
    await writeTo(films, [put("1")]);
    await expectSameEverywhere(films);
    await runInDurableObject(replicaOf(films, 0), (instance: Leaf) => {
      vi.spyOn(instance, "stats").mockRejectedValue(new Error("down"));
      vi.spyOn(instance, "write").mockRejectedValue(new Error("down"));
    });

    expect(await contentOf(films, 1)).toHaveLength(1);
    expect(await branch.stats(refOf(films), [0], 20_000)).toMatchObject({
      shards: [{ documents: 1, sequence: 1, replicas: [{ state: "unreachable" }, { state: "current" }] }],
    });
    expect(await branch.write(refOf(films), [{ shard: 0, operations: [put("2")] }])).toMatchObject([
      { ok: false, code: "unavailable" },
    ]);
  });

  it("learns of new fields from the primary's pushes", async () => {
    await declareReplicas(2);
    const films = await declare({
      ...spec,
      replicas: 2,
      fields: { ...fields, country: { type: "keyword" } },
    });
    await writeTo(films, [put("1", { country: "fr" })]);
    await expectSameEverywhere(films);
    expect(await leaf(films, 1).getDocument({ ...refOf(films), epoch: 1 }, "1")).toMatchObject({
      code: "stale-epoch",
    });
  });
});

describe("the number of replicas", () => {
  it("may fall and rise again: those that are dropped are purged, and copied anew", async () => {
    const three = await declareReplicas(3);
    await writeTo(three, [put("1")]);
    await expectSameEverywhere(three);

    const one = await declareReplicas(1);
    expect(await contentOf(one, 2)).toBe("stale-epoch");
    await branch.purge(one.id, [0], [1, 2]);
    const tables = await runInDurableObject(replicaOf(one, 2), (_: Leaf, { storage }) =>
      storage.sql.exec("SELECT name FROM sqlite_master WHERE name NOT LIKE '\\_cf%' ESCAPE '\\'").toArray(),
    );
    expect(tables).toEqual([]);
    await writeTo(one, [put("2")]);
    expect(await contentOf(one, 2)).toBe("unknown-collection");

    const again = await declareReplicas(3);
    expect(await expectSameEverywhere(again)).toHaveLength(2);
  });

  it("belongs to the purge of a collection that is deleted", async () => {
    const films = await declareReplicas(2);
    await writeTo(films, [put("1")]);
    await expectSameEverywhere(films);
    await env.CATALOG.deleteCollection("films");
    const worker = await import("../../../shard-workers/documents/index.ts");
    const { createExecutionContext, createScheduledController } = await import("cloudflare:test");
    await worker.default.scheduled(createScheduledController(), env, createExecutionContext());

    for (const replica of [0, 1]) expect(await contentOf(films, replica)).toBe("unknown-collection");
    expect(await env.CATALOG.listPurges()).toEqual([]);
  });
});
