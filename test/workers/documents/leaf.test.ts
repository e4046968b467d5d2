import { createExecutionContext, createScheduledController, runInDurableObject } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import type { WriteOperation } from "../../../core/contracts/documents.ts";
import {
  env,
  branch,
  fields,
  spec,
  declare,
  refOf,
  leafOf,
  restart,
  put,
  write,
  versionOf,
  read,
  find,
} from "./one-leaf.ts";

describe("a write", () => {
  it("is read back, and its outcome says whether the document is new", async () => {
    const films = await declare();

    expect(await write(films, [put("1", { title: "Jaws" }), put("1", { title: "Jaws 2" })])).toMatchObject([
      { ok: true, id: "1", created: true },
      { ok: true, id: "1", created: false },
    ]);
    expect(await read(films, "1")).toEqual({ id: "1", title: "Jaws 2" });
    expect(await read(films, "2")).toBeNull();
  });

  it("that is wrong leaves its neighbours alone", async () => {
    const films = await declare();
    const outcomes = await write(films, [
      put("1"),
      { kind: "delete", id: "nope" },
      { kind: "patch", id: "1", json: '{"year":"x"}' },
      put("2"),
    ]);

    expect(outcomes.map((outcome) => (outcome.ok ? outcome.id : outcome.code))).toEqual([
      "1",
      "unknown-document",
      "invalid-document",
      "2",
    ]);
    expect(await read(films, "1")).toEqual({ id: "1" });
  });

  it("counts as one batch, and as none when nothing was written", async () => {
    const films = await declare();
    const [first] = await branch.write(refOf(films), [{ shard: 0, operations: [put("1"), put("2")] }]);
    const [second] = await branch.write(refOf(films), [
      { shard: 0, operations: [{ kind: "delete", id: "x" }] },
    ]);

    expect(first).toMatchObject({ ok: true, sequence: 1 });
    expect(second).toMatchObject({ ok: true, sequence: 1 });
  });

  it("is whole or not at all: a batch that breaks in its middle leaves nothing, and the leaf goes on", async () => {
    const films = await declare();
    await write(films, [put("1", { title: "kept" })]);
    await runInDurableObject(leafOf(films), (_, { storage }) => {
      storage.sql.exec(`CREATE TRIGGER broken BEFORE INSERT ON segment_rows
                        BEGIN SELECT RAISE(ABORT, 'the disk is full'); END`);
    });
    const [answer] = await branch.write(refOf(films), [
      { shard: 0, operations: [put("1", { title: "changed" }), put("2"), put("3"), put("4")] },
    ]);

    expect(answer).toMatchObject({ ok: false, code: "unavailable" });
    expect(answer?.ok === false && answer.message).not.toMatch("disk");
    await runInDurableObject(leafOf(films), (_, { storage }) => {
      storage.sql.exec("DROP TRIGGER broken");
    });
    expect(await read(films, "1")).toEqual({ id: "1", title: "kept" });
    expect(await read(films, "2")).toBeNull();
    expect((await find(films, "changed")).ids).toEqual([]);
    expect((await find(films, "kept")).ids).toEqual(["1"]);
    expect(await write(films, [put("2")])).toMatchObject([{ ok: true, created: true }]);
  });
});

describe("a patch", () => {
  it("merges, and is checked as a document is", async () => {
    const films = await declare();
    await write(films, [put("1", { title: "Jaws", meta: { a: 1, b: 2 } })]);
    await write(films, [{ kind: "patch", id: "1", json: '{"title":null,"meta":{"a":null,"c":3},"id":"1"}' }]);

    expect(await read(films, "1")).toEqual({ id: "1", meta: { b: 2, c: 3 } });
    expect(await write(films, [{ kind: "patch", id: "1", json: '{"id":"2"}' }])).toMatchObject([
      { ok: false, code: "invalid-id" },
    ]);
    expect(await write(films, [{ kind: "patch", id: "1", json: '{"id":null}' }])).toMatchObject([
      { ok: true },
    ]);
    expect(await read(films, "1")).toEqual({ id: "1", meta: { b: 2, c: 3 } });
  });
});

describe("a version", () => {
  it("rises with every write, also over deletions and evictions", async () => {
    const films = await declare();
    const versions = [await versionOf(films, put("1"))];
    versions.push(await versionOf(films, { kind: "patch", id: "1", json: "{}" }));
    versions.push(await versionOf(films, { kind: "delete", id: "1" }));
    await restart(films);
    versions.push(await versionOf(films, put("1")));
    versions.push(await versionOf(films, put("2")));

    expect(versions).toEqual([...new Set(versions)].toSorted((a, b) => a - b));
    expect(versions.every(Number.isSafeInteger)).toBe(true);
  });

  it("rises within a batch too", async () => {
    const films = await declare();
    const outcomes = await write(
      films,
      Array.from({ length: 50 }, (_, n) => put(String(n % 3))),
    );
    const versions = outcomes.map((outcome) => (outcome.ok ? outcome.version : 0));

    expect(versions).toEqual([...new Set(versions)].toSorted((a, b) => a - b));
  });
});

describe("a precondition", () => {
  it("of a version lets through the writes of that version alone", async () => {
    const films = await declare();
    const version = await versionOf(films, put("1"));
    const refused = [{ ok: false, code: "precondition-failed" }];

    expect(await write(films, [{ ...put("1", { n: 2 }), ifVersion: version - 1 }])).toMatchObject(refused);
    expect(await write(films, [{ kind: "delete", id: "1", ifVersion: version + 1 }])).toMatchObject(refused);
    expect(await read(films, "1")).toEqual({ id: "1" });
    expect(await write(films, [{ ...put("1", { n: 2 }), ifVersion: version }])).toMatchObject([{ ok: true }]);
    expect(await write(films, [{ ...put("1", { n: 3 }), ifVersion: version }])).toMatchObject(refused);
  });

  it.each<[WriteOperation, string]>([
    [{ ...put("1"), ifVersion: 0 }, "precondition-failed"],
    [{ ...put("2"), ifVersion: 0 }, "written"],
    [{ ...put("1"), ifVersion: "*" }, "written"],
    [{ ...put("2"), ifVersion: "*" }, "precondition-failed"],
    [{ ...put("2"), ifVersion: 7 }, "precondition-failed"],
    [{ ...put("2"), ifVersion: -1 }, "precondition-failed"],
    [{ kind: "delete", id: "2" }, "unknown-document"],
    [{ kind: "patch", id: "2", json: "{}" }, "unknown-document"],
  ])("where 1 is there and 2 is not: %j is %s", async (operation, expected) => {
    const films = await declare();
    await write(films, [put("1")]);
    const [outcome] = await write(films, [operation]);

    expect(outcome?.ok === false ? outcome.code : "written").toBe(expected);
  });

  it("is seen by each operation after what the ones before it did", async () => {
    const films = await declare();
    const operation: WriteOperation = { ...put("1"), ifVersion: 0 };

    expect(await write(films, [operation, operation])).toMatchObject([
      { ok: true },
      { ok: false, code: "precondition-failed" },
    ]);
  });
});

describe("an epoch", () => {
  it("that is old is refused, once the leaf has heard of a newer one", async () => {
    const old = await declare();
    await write(old, [put("1")]);
    const current = await declare({ ...spec, fields: { ...fields, country: { type: "keyword" } } });
    expect(await read(current, "1")).toEqual({ id: "1" });

    expect(await branch.write(refOf(old), [{ shard: 0, operations: [put("2")] }])).toMatchObject([
      { shard: 0, ok: false, code: "stale-epoch" },
    ]);
    expect(await read(old, "1")).toBe("stale-epoch");
    expect(await read(current, "2")).toBeNull();
  });

  it("that nobody has decided on is refused, and is not believed", async () => {
    const films = await declare();
    await write(films, [put("1")]);

    expect(await read({ ...films, epoch: 99 }, "1")).toBe("stale-epoch");
    expect(await read(films, "1")).toEqual({ id: "1" });
  });

  it("is kept over an eviction", async () => {
    await declare();
    const current = await declare({ ...spec, fields: { ...fields, country: { type: "keyword" } } });
    await write(current, [put("1")]);
    await restart(current);

    expect(await read({ ...current, epoch: 1 }, "1")).toBe("stale-epoch");
    expect(await read(current, "1")).toEqual({ id: "1" });
  });

  it("of a collection that never was opens no leaf", async () => {
    expect(await branch.getDocument({ id: "nobody", epoch: 1, replicas: 1 }, 0, "1", 20_000)).toMatchObject({
      ok: false,
      code: "unknown-collection",
    });
  });
});

describe("an eviction", () => {
  it("keeps documents, postings, statistics and the sequence", async () => {
    const films = await declare();
    await write(films, [put("1", { title: "Jaws", plot: "A shark" }), put("2", { title: "Alien" })]);
    const before = {
      found: await find(films, "shark jaws"),
      stats: await branch.stats(refOf(films), [0], 20_000),
    };
    await restart(films);
    const after = {
      found: await find(films, "shark jaws"),
      stats: await branch.stats(refOf(films), [0], 20_000),
    };

    expect(after.found.partial).toEqual(before.found.partial);
    expect(after.stats).toEqual(before.stats);
    expect(before.found.ids).toEqual(["1"]);
  });
});

describe("a purge", () => {
  it("deletes everything, and a collection that is gone is not opened again", async () => {
    const films = await declare();
    await write(films, [put("1", { title: "Jaws" })]);
    await env.CATALOG.deleteCollection("films");
    await branch.purge(films.id, [0], [0]);

    expect(await read(films, "1")).toBe("unknown-collection");
    expect(await branch.write(refOf(films), [{ shard: 0, operations: [put("1")] }])).toMatchObject([
      { ok: false, code: "unknown-collection" },
    ]);
    const tables = await runInDurableObject(leafOf(films), (_, { storage }) =>
      storage.sql.exec("SELECT name FROM sqlite_master WHERE name NOT LIKE '\\_cf%' ESCAPE '\\'").toArray(),
    );
    expect(tables).toEqual([]);
  });

  it("of what is empty already is one too", async () => {
    await expect(branch.purge("nobody", [0, 1], [0, 1])).resolves.toBeUndefined();
  });

  it("that the root could not finish is made up for by the timer", async () => {
    const films = await declare({ ...spec, shards: 7 });
    await branch.write(refOf(films), [{ shard: 0, operations: [put("1")] }]);
    await env.CATALOG.deleteCollection("films");
    const worker = await import("../../../shard-workers/documents/index.ts");
    await worker.default.scheduled(createScheduledController(), env, createExecutionContext());

    expect(await env.CATALOG.listPurges()).toEqual([]);
    expect(await read(films, "1")).toBe("unknown-collection");
  });
});
