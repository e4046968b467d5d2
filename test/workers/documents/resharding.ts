/** A collection that is resharded, and what the tests of that do with it. */
import { runInDurableObject } from "cloudflare:test";
import { expect, vi } from "vitest";
import { generationOf, refOf, type Collection } from "../../../core/collection.ts";
import type { StoredDocument, WriteOperation, WriteOutcome } from "../../../core/contracts/documents.ts";
import { isOver, type Reshard, type Resharding } from "../../../core/contracts/resharding.ts";
import { shardOf } from "../../../core/document/route.ts";
import { writeOperations } from "../../../core/document/write-operations.ts";
import { leafStub } from "../../../shard-workers/documents/leaf-stub.ts";
import { branch, declare, env, put, spec } from "./one-leaf.ts";

const NAME = "films";

export async function declareShards(shards: number, replicas = 1): Promise<Collection> {
  return declare({ ...spec, shards, replicas }, NAME);
}

/** So that a copy of a few documents takes no pauses that are meant for many. */
export function withoutPauses(): void {
  const wait = scheduler.wait.bind(scheduler);
  vi.spyOn(scheduler, "wait").mockImplementation((ms) => wait(Math.min(ms, 2)));
}

/** In real time, whatever is made of the pauses. */
export async function pass(ms: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  setTimeout(() => resolve(undefined), ms);
  await promise;
}

export const documents = (count: number): WriteOperation[] =>
  Array.from({ length: count }, (_, n) => put(`d${n}`, { title: `film ${n}`, year: 1900 + (n % 100) }));

/** Writes as a root does: by the collection as it believes it to be, and again as it is. */
export async function writeAs(
  collection: Collection,
  operations: readonly WriteOperation[],
): Promise<WriteOutcome[]> {
  const refresh = () => env.CATALOG.getCollection(NAME);
  return (await writeOperations({ branches: branch, refresh }, collection, operations)).outcomes;
}

export async function begin(collection: Collection, shards: number): Promise<void> {
  expect(await env.CATALOG.changeReshard(NAME, { kind: "begin", shards })).toMatchObject({ ok: true });
  await wake(collection);
}

export async function wake({ id }: Collection): Promise<void> {
  await env.RESHARD.getByName(id).wake(id);
}

export async function state(): Promise<Resharding> {
  const resharding = await env.CATALOG.getReshard(NAME);
  if (resharding === null) throw new Error("nothing is resharded");
  return resharding;
}

/** Waits until a resharding is as the test wants it. */
export async function until(isThere: (reshard: Reshard) => boolean): Promise<Collection> {
  return vi.waitFor(
    async () => {
      const { collection, reshard } = await state();
      expect(isThere(reshard), JSON.stringify(reshard)).toBe(true);
      return collection;
    },
    { timeout: 50_000, interval: 5 },
  );
}

export const untilOver = () => until(isOver);

export const primary = ({ id }: Pick<Collection, "id">, shard: number, generation: number) =>
  leafStub(env, id, shard, 0, generation);

/** Ends a leaf's instance, whatever it is at. */
export async function kill(stub: DurableObjectStub): Promise<void> {
  const ended = runInDurableObject(stub, (_, ctx) => {
    ctx.abort("killed");
  });
  await expect(ended).rejects.toThrow("killed");
}

export const objectOf = ({ id }: Collection, shard: number, generation: number) =>
  env.LEAF.getByName(generation === 0 ? `${id}/${shard}/0` : `${id}/${shard}/0/${generation}`);

/** How much a leaf's storage holds: the tables that it has. */
export async function tablesOf(
  collection: Collection,
  shard: number,
  generation: number,
): Promise<number | undefined> {
  return runInDurableObject(objectOf(collection, shard, generation), (_, { storage }) => {
    const [row] = storage.sql
      .exec<{ count: number }>("SELECT count(*) AS count FROM sqlite_master")
      .toArray();
    return row?.count;
  });
}

/** All documents, from the leaves that own them: each leaf has nothing else. */
export async function contentOf(collection: Collection): Promise<Map<string, StoredDocument>> {
  const found = new Map<string, StoredDocument>();
  for (let shard = 0; shard < collection.shards; shard++) {
    let afterId = "";
    for (let done = false; !done;) {
      const page = await primary(collection, shard, generationOf(collection)).exportPage(
        refOf(collection),
        afterId,
      );
      if (!page.ok) throw new Error(page.message);
      for (const document of page.documents) {
        expect(shardOf(collection, document.id)).toBe(shard);
        expect(found.has(document.id)).toBe(false);
        found.set(document.id, document);
        afterId = document.id;
      }
      ({ done } = page);
    }
  }
  return found;
}
