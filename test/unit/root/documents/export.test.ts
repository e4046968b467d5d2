import { describe, expect, it } from "vitest";
import type { Collection } from "../../../../core/collection.ts";
import type { BranchApi } from "../../../../core/contracts/branch.ts";
import type { ExportPage } from "../../../../core/contracts/documents.ts";
import type { CollectionRef } from "../../../../core/contracts/search.ts";
import { shardOf } from "../../../../core/document/route.ts";
import type { RootEnv } from "../../../../root-worker/app.ts";
import { exportStream } from "../../../../root-worker/documents/export.ts";
import { compareText } from "../../../../shard-workers/segment/searchable.ts";
import { collectionOf } from "../../collection-of.ts";

const page = (id: string, sequence: number, done: boolean): ExportPage => ({
  ok: true,
  documents: [{ id, version: 1, json: `{"id":"${id}"}` }],
  done,
  sequence,
});

it("an export takes no page from a replica that is behind the pages before it", async () => {
  const pages = [page("a", 7, false), page("b", 9, false), page("c", 9, true), page("d", 3, true)];
  const asked: { shard: number; minSequences: CollectionRef["minSequences"] }[] = [];
  const branch: Pick<BranchApi, "exportPage"> = {
    async exportPage({ minSequences }, shard) {
      asked.push({ shard, minSequences });
      const next = pages.shift();
      if (next === undefined) throw new Error("no page is left");
      return next;
    },
  };
  const env = { DOCUMENTS: { open: () => branch } } as unknown as RootEnv; // an export needs no more of it
  const text = await new Response(await exportStream(env, collectionOf({ shards: 2 }))).text();

  expect(text).toBe(["a", "b", "c", "d"].map((id) => `{"id":"${id}"}\n`).join(""));
  expect(asked).toEqual([
    { shard: 0, minSequences: undefined },
    { shard: 0, minSequences: { 0: 7 } },
    { shard: 0, minSequences: { 0: 9 } },
    { shard: 1, minSequences: undefined },
  ]);
});

describe("an export whose collection is resharded", () => {
  const IDS = Array.from({ length: 40 }, (_, n) => `d${String(n).padStart(2, "0")}`);
  const STALE: ExportPage = { ok: false, code: "stale-epoch", message: "The collection has changed." };

  /** Leaves that serve one collection after another, each for so many pages, and know none but the current. */
  function platform(changes: { collection: Collection; pages: number }[]): RootEnv {
    let served = 0;
    const current = () => {
      const [now, next] = changes;
      if (now === undefined) throw new Error("there always is one");
      if (next === undefined || served < now.pages) return now.collection;
      served = 0;
      changes.shift();
      return next.collection;
    };
    const branch: Pick<BranchApi, "exportPage"> = {
      async exportPage({ epoch }, shard, afterId) {
        const collection = current();
        if (epoch !== collection.epoch) return STALE;
        served += 1;
        const own = IDS.filter((id) => shardOf(collection, id) === shard && id > afterId);
        const documents = own.slice(0, 2).map((id) => ({ id, version: 1, json: `{"id":"${id}"}` }));
        return { ok: true, documents, done: own.length <= 2, sequence: 1 };
      },
    };
    const catalog = { getCollection: async () => changes[0]?.collection ?? null };
    // An export needs no more of it.
    return { DOCUMENTS: { open: () => branch }, CATALOG: catalog } as unknown as RootEnv;
  }

  const atFour = collectionOf();
  const atSeven = collectionOf({ shards: 7, epoch: 4, generation: 1 });
  const atTwo = collectionOf({ shards: 2, epoch: 7, generation: 2 });

  it("has each document once, whenever that happens, and however often", async () => {
    for (let pages = 1; pages < 25; pages++) {
      const env = platform([
        { collection: atFour, pages },
        { collection: { ...atFour, epoch: 2 }, pages: 1 },
        { collection: atSeven, pages: 5 },
        { collection: atTwo, pages: Infinity },
      ]);
      const text = await new Response(await exportStream(env, atFour)).text();
      const ids = text.split("\n").filter((line) => line !== "");
      expect(ids.toSorted(compareText)).toEqual(IDS.map((id) => `{"id":"${id}"}`));
    }
  });

  it("breaks off when another one has its name by then", async () => {
    const other = { ...atSeven, id: "01HZ0000000000000000000001" };
    const env = platform([
      { collection: atFour, pages: 3 },
      { collection: other, pages: Infinity },
    ]);
    await expect(new Response(await exportStream(env, atFour)).text()).rejects.toThrow("has changed");
  });
});
