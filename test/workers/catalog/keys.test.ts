import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { KEYS_MAX, type KeyRecord } from "../../../core/contracts/keys.ts";
import { workerUnderTest } from "../under-test.ts";

const { env, exports } = workerUnderTest<
  CatalogBindings,
  typeof import("../../../shard-workers/catalog/index.ts")
>();
const catalog = exports.CatalogService;

const key = (id: string, change: Partial<KeyRecord> = {}): KeyRecord => ({
  id,
  name: `key ${id}`,
  scopes: ["documents:search"],
  createdAt: "2026-01-01T00:00:00.000Z",
  hash: "00",
  ...change,
});

async function ids(since?: number): Promise<string[] | null> {
  const list = await catalog.getKeys(since);
  return list && list.keys.map(({ id }) => id);
}

describe("keys", () => {
  it("are none at first, and are kept, in the order of their ids, through an eviction", async () => {
    expect(await ids()).toEqual([]);
    const second = key("B", { collections: ["films"], expiresAt: "2030-01-01T00:00:00.000Z" });
    expect(await catalog.addKey(second)).toMatchObject({ ok: true, key: second });
    await catalog.addKey(key("A"));
    await evictDurableObject(env.CATALOG.getByName("catalog"));

    expect(await catalog.getKeys()).toMatchObject({ keys: [key("A"), second] });
  });

  it("are answered only where there is something new", async () => {
    await catalog.addKey(key("A"));
    const { revision = 0 } = (await catalog.getKeys()) ?? {};
    expect(await ids(revision)).toBeNull();
    await catalog.addKey(key("B"));
    expect(await ids(revision)).toEqual(["A", "B"]);
    const after = (await catalog.getKeys())?.revision;
    await catalog.deleteKey("B");
    expect(await ids(after)).toEqual(["A"]);
    expect(await ids(revision)).toEqual(["A"]);
  });

  it("stay as they are when one of their id is added again", async () => {
    await catalog.addKey(key("A"));
    const { revision = 0 } = (await catalog.getKeys()) ?? {};
    expect(await catalog.addKey(key("A", { scopes: ["*"] }))).toMatchObject({ ok: true, key: key("A") });
    expect(await ids(revision)).toBeNull();
  });

  it("that there are not can't be deleted", async () => {
    expect(await catalog.deleteKey("none")).toMatchObject({ ok: false, code: "not-found" });
  });

  it("are so many, and no more", async () => {
    await catalog.getKeys();
    await runInDurableObject(env.CATALOG.getByName("catalog"), (_, { storage }) => {
      for (let n = 0; n < KEYS_MAX; n++)
        storage.sql.exec(
          "INSERT INTO keys (id, descriptor) VALUES (?, ?)",
          `k-${n}`,
          JSON.stringify(key(`k-${n}`)),
        );
    });
    expect(await catalog.addKey(key("one-more"))).toMatchObject({ ok: false, code: "conflict" });
    expect(await catalog.addKey(key("k-7"))).toMatchObject({ ok: true });
    await catalog.deleteKey("k-7");
    expect(await catalog.addKey(key("one-more"))).toMatchObject({ ok: true });
  });
});
