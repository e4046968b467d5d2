/** A shard with replicas, and what the tests of replication do with them: look into each, kill it, spoil its calls. */
import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { expect, vi } from "vitest";
import type { Collection, CollectionSpec } from "../../../core/collection.ts";
import type { ReplicaStats, StoredDocument, WriteOperation } from "../../../core/contracts/documents.ts";
import type { Leaf } from "../../../shard-workers/documents/leaf.ts";
import { leafStub } from "../../../shard-workers/documents/leaf-stub.ts";
import { branch, declare, env, refOf, spec } from "./one-leaf.ts";

export async function declareReplicas(replicas: number, name = "films"): Promise<Collection> {
  const collection = await declare({ ...spec, replicas } satisfies CollectionSpec, name);
  // As the root does it: the primary hears of its replicas, and they of it.
  await branch.stats(refOf(collection), [0], 20_000);
  return collection;
}

export const replicaOf = ({ id }: Collection, replica: number) => env.LEAF.getByName(`${id}/0/${replica}`);

/** The leaf as a branch calls it. */
export const leaf = ({ id }: Collection, replica: number) => leafStub(env, id, 0, replica);

/** Ends a replica's instance, whatever it is at: what it has not made durable is lost, and its calls break off. */
export async function kill(collection: Collection, replica: number): Promise<void> {
  const ended = runInDurableObject(replicaOf(collection, replica), (_: Leaf, ctx) => {
    ctx.abort("killed");
  });
  await expect(ended).rejects.toThrow("killed");
}

/** Takes a replica's storage away, as if its disk were lost. */
export async function loseStorage(collection: Collection, replica: number): Promise<void> {
  await runInDurableObject(replicaOf(collection, replica), async (_: Leaf, ctx) => {
    await ctx.storage.deleteAll();
  });
  await kill(collection, replica);
}

export async function ring(collection: Collection, replica: number): Promise<boolean> {
  return runDurableObjectAlarm(replicaOf(collection, replica));
}

export async function states(collection: Collection): Promise<ReplicaStats[]> {
  const answer = await branch.stats(refOf(collection), [0], 20_000);
  if (!answer.ok) throw new Error(answer.message);
  return answer.shards[0]?.replicas ?? [];
}

/** Everything that a replica holds, page by page, or the code with which it refuses. */
export async function contentOf(collection: Collection, replica: number): Promise<StoredDocument[] | string> {
  const documents: StoredDocument[] = [];
  for (;;) {
    const page = await leaf(collection, replica).exportPage(refOf(collection), documents.at(-1)?.id ?? "");
    if (!page.ok) return page.code;
    documents.push(...page.documents);
    if (page.done) return documents;
  }
}

/** Waits until all replicas are current, and checks that they hold the same. The alarm is rung, since a test does not wait for it. */
export async function expectSameEverywhere(collection: Collection): Promise<StoredDocument[]> {
  await vi.waitFor(
    async () => {
      await ring(collection, 0);
      const now = await states(collection);
      expect(now).toHaveLength(collection.replicas);
      expect(now.map(({ state }) => state)).toEqual(now.map(() => "current"));
      expect(new Set(now.map(({ sequence }) => sequence)).size).toBe(1);
    },
    { timeout: 50_000, interval: 20 },
  );
  const primary = await contentOf(collection, 0);
  if (typeof primary === "string") throw new Error(primary);
  for (let replica = 1; replica < collection.replicas; replica++) {
    expect(await contentOf(collection, replica)).toEqual(primary);
  }
  return primary;
}

/** Writes, and answers the sequence that was reached. */
export async function writeTo(collection: Collection, operations: WriteOperation[]): Promise<number> {
  const [answer] = await branch.write(refOf(collection), [{ shard: 0, operations }]);
  if (answer?.ok !== true) throw new Error(answer?.message);
  return answer.sequence;
}
