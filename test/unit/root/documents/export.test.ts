import { expect, it } from "vitest";
import type { BranchApi } from "../../../../core/contracts/branch.ts";
import type { ExportPage } from "../../../../core/contracts/documents.ts";
import type { CollectionRef } from "../../../../core/contracts/search.ts";
import type { RootEnv } from "../../../../root-worker/app.ts";
import { exportStream } from "../../../../root-worker/documents/export.ts";
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
