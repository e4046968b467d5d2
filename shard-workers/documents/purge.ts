/** Deletes the leaves of collections that were deleted: what a root began and could not finish. */
import { BRANCH_LEAVES_MAX } from "../../core/contracts/branch.ts";
import { leafStub } from "./leaf-stub.ts";

export async function sweepPurges(env: DocumentsBindings): Promise<void> {
  for (const collection of await env.CATALOG.listPurges()) {
    for (let first = 0; first < collection.shards; first += BRANCH_LEAVES_MAX) {
      const count = Math.min(BRANCH_LEAVES_MAX, collection.shards - first);
      const shards = Array.from({ length: count }, (_, index) => first + index);
      await Promise.all(shards.map((shard) => leafStub(env, collection.id, shard).purge()));
    }
    await env.CATALOG.confirmPurge(collection.id);
  }
}
