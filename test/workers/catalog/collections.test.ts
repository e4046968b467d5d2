import { evictDurableObject } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import type { Collection, CollectionSpec, FieldSpec } from "../../../core/collection.ts";
import { workerUnderTest } from "../under-test.ts";

const { env, exports } = workerUnderTest<
  CatalogBindings,
  typeof import("../../../shard-workers/catalog/index.ts")
>();
const catalog = exports.CatalogService;

const spec: CollectionSpec = {
  layout: "documents",
  shards: 4,
  replicas: 1,
  fields: {
    title: { type: "text", boost: 2, language: "english" },
    year: { type: "number" },
  },
};

async function put(
  name: string,
  declared: CollectionSpec,
): Promise<{ created: boolean; collection: Collection }> {
  const answer = await catalog.putCollection(name, declared);
  if (!answer.ok) throw new Error(answer.message);
  return answer;
}

describe("a collection", () => {
  it("is made with an id of its own, the first epoch, and a slot map that covers its shards", async () => {
    const { created, collection } = await put("films", spec);

    expect(created).toBe(true);
    expect(collection).toMatchObject({ ...spec, name: "films", epoch: 1 });
    expect(collection.slots.map(({ shard }) => shard)).toEqual([0, 1, 2, 3]);
    expect(Date.parse(collection.createdAt)).toBeGreaterThan(0);
  });

  it("is found by its name and by its id, and is null when there is none", async () => {
    const { collection } = await put("films", spec);

    expect(await catalog.getCollection("films")).toEqual(collection);
    expect(await catalog.getCollectionById(collection.id)).toEqual(collection);
    expect(await catalog.getCollection("books")).toBeNull();
    expect(await catalog.getCollectionById("films")).toBeNull();
  });

  it("is listed with the others, by name", async () => {
    await put("films", spec);
    await put("books", spec);

    expect((await catalog.listCollections()).map(({ name }) => name)).toEqual(["books", "films"]);
  });

  it("outlives the Catalog's being evicted", async () => {
    const { collection } = await put("films", spec);
    await evictDurableObject(env.CATALOG.getByName("catalog"));

    expect(await catalog.getCollection("films")).toEqual(collection);
  });
});

describe("declared again", () => {
  it("alike, a collection stays as it is, whatever the order of what is declared", async () => {
    const { collection } = await put("films", spec);
    const reordered: CollectionSpec = {
      fields: { year: { type: "number" }, title: { language: "english", boost: 2, type: "text" } },
      replicas: 1,
      shards: 4,
      layout: "documents",
    };

    expect(await put("films", reordered)).toEqual({ ok: true, created: false, collection });
  });

  it.each<[string, CollectionSpec["fields"]]>([
    ["another boost", { ...spec.fields, title: { type: "text", boost: 3, language: "english" } }],
    ["no boost", { ...spec.fields, title: { type: "text", language: "english" } }],
    ["one more field", { ...spec.fields, genre: { type: "keyword" } }],
  ])("with %s, it changes under the next epoch, and keeps its id and its slots", async (_, fields) => {
    const { collection: before } = await put("films", spec);
    const { created, collection } = await put("films", { ...spec, fields });

    expect(created).toBe(false);
    expect(collection).toEqual({ ...before, fields, epoch: 2 });
    expect(await catalog.getCollectionById(before.id)).toEqual(collection);
  });

  it.each<[string, CollectionSpec, string]>([
    ["another number of shards", { ...spec, shards: 8 }, "shards"],
    ["a field less", { ...spec, fields: { title: { type: "text", boost: 2, language: "english" } } }, "year"],
    ["another type", { ...spec, fields: { ...spec.fields, year: { type: "keyword" } } }, "year"],
    [
      "another language",
      { ...spec, fields: { ...spec.fields, title: { type: "text", language: "french" } } },
      "title",
    ],
    ["no language", { ...spec, fields: { ...spec.fields, title: { type: "text" } } }, "title"],
  ])("with %s, it is a conflict that names what, and nothing changes", async (_, declared, what) => {
    const { collection } = await put("films", spec);
    const answer = await catalog.putCollection("films", declared);

    expect(answer).toMatchObject({ ok: false, code: "conflict" });
    expect(answer.ok ? "" : answer.message).toMatch(what);
    expect(await catalog.getCollection("films")).toEqual(collection);
  });

  it("with shards that nobody asked for, it keeps its own", async () => {
    const { collection } = await put("films", { ...spec, shards: 7 });
    const fields: CollectionSpec["fields"] = { ...spec.fields, rating: { type: "number" } };
    const answer = await catalog.putCollection("films", { ...spec, fields }, { shardsAssumed: true });

    expect(answer).toMatchObject({ ok: true, created: false });
    expect(answer.ok && answer.collection).toEqual({ ...collection, fields, epoch: 2 });
  });

  it.each([
    ["documents", true],
    ["terms", false],
  ] as const)(
    "with another number of shards in the layout %s, it is told of resharding: %s",
    async (layout, told) => {
      await put("films", { ...spec, layout });
      const answer = await catalog.putCollection("films", { ...spec, layout, shards: 8 });

      expect(answer.ok ? "" : answer.message.includes("/reshard")).toBe(told);
    },
  );

  it("without a field that is named like something of JavaScript's, it says that the field can't be taken away", async () => {
    const text: FieldSpec = { type: "text" };
    await put("odd", { ...spec, fields: { ...spec.fields, constructor: text } });

    expect(await catalog.putCollection("odd", spec)).toMatchObject({
      ok: false,
      message: "The field constructor is declared and can't be taken away.",
    });
  });

  it("by many at the same time, it is made once", async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => put("films", spec)));

    expect(answers.filter(({ created }) => created)).toHaveLength(1);
    expect(new Set(answers.map(({ collection }) => collection.id)).size).toBe(1);
  });
});

describe("declared with another number of replicas", () => {
  const shards = { shards: 4 };

  it("a collection changes under the next epoch; those that are dropped are to be purged", async () => {
    const { collection: one } = await put("films", spec);
    const { collection: three } = await put("films", { ...spec, replicas: 3 });
    expect(three).toEqual({ ...one, replicas: 3, epoch: 2 });
    expect(await catalog.listPurges()).toEqual([]);

    const answer = await catalog.putCollection("films", spec);
    const purge = { key: `${one.id}/3`, collectionId: one.id, ...shards, replicas: [1, 2] };
    expect(answer).toEqual({ ok: true, created: false, collection: { ...one, epoch: 3 }, purge });
    expect(await catalog.listPurges()).toEqual([purge]);
    await catalog.confirmPurge(purge.key);
    expect(await catalog.listPurges()).toEqual([]);
  });

  it("what is wanted again is no longer to be purged", async () => {
    const { collection } = await put("films", { ...spec, replicas: 4 });
    await put("films", spec);
    await put("films", { ...spec, replicas: 3 });
    expect(await catalog.listPurges()).toEqual([
      { key: `${collection.id}/2`, collectionId: collection.id, ...shards, replicas: [3] },
    ]);
    await put("films", { ...spec, replicas: 4 });
    expect(await catalog.listPurges()).toEqual([]);
  });

  it("a purge of every replica is left behind when it is deleted", async () => {
    const { collection } = await put("films", { ...spec, replicas: 2 });
    await catalog.deleteCollection("films");
    expect(await catalog.listPurges()).toEqual([
      { key: collection.id, collectionId: collection.id, ...shards, replicas: [0, 1] },
    ]);
  });
});

describe("deleted", () => {
  it("a collection is gone at once, by name and by id, and its leaves are to be purged", async () => {
    const { collection } = await put("films", spec);

    const purge = { key: collection.id, collectionId: collection.id, shards: 4, replicas: [0] };
    expect(await catalog.deleteCollection("films")).toEqual({ ok: true, collection, purge });
    expect(await catalog.getCollection("films")).toBeNull();
    expect(await catalog.getCollectionById(collection.id)).toBeNull();
    expect(await catalog.listPurges()).toEqual([purge]);
  });

  it("a collection that is not there is a failure", async () => {
    expect(await catalog.deleteCollection("films")).toMatchObject({ ok: false, code: "unknown-collection" });
    expect(await catalog.listPurges()).toEqual([]);
  });

  it("and made again, it is another, while the first is still to be purged", async () => {
    const { collection: first } = await put("films", spec);
    await catalog.deleteCollection("films");
    const { created, collection: second } = await put("films", { ...spec, shards: 2 });

    expect(created).toBe(true);
    expect(second.id).not.toBe(first.id);
    expect(await catalog.listPurges()).toMatchObject([{ collectionId: first.id }]);
    await catalog.confirmPurge(first.id);
    expect(await catalog.listPurges()).toEqual([]);
    expect(await catalog.getCollection("films")).toEqual(second);
  });
});
