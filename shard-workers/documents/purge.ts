/** Deletes leaves that are no longer wanted: what a root began and could not finish. */
import { BRANCH_LEAVES_MAX } from "../../core/contracts/branch.ts";
import type { Purge } from "../../core/contracts/catalog.ts";
import { leafStub } from "./leaf-stub.ts";

export async function sweepPurges(env: DocumentsBindings): Promise<void> {
  for (const purge of await env.CATALOG.listPurges()) {
    await runPurge(env, purge);
    await env.CATALOG.confirmPurge(purge.key);
  }
}

/** One replica after another: six leaves at a time. */
export async function runPurge(env: DocumentsBindings, purge: Purge): Promise<void> {
  for (const replica of purge.replicas) await purgeReplica(env, purge, replica);
}

async function purgeReplica(
  env: DocumentsBindings,
  { collectionId, shards: all, generation }: Purge,
  replica: number,
): Promise<void> {
  for (let first = 0; first < all; first += BRANCH_LEAVES_MAX) {
    const count = Math.min(BRANCH_LEAVES_MAX, all - first);
    const shards = Array.from({ length: count }, (_, index) => first + index);
    await Promise.all(shards.map((shard) => leafStub(env, collectionId, shard, replica, generation).purge()));
  }
}
