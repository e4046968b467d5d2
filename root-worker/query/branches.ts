/** Which shards go to which branch. */
import type { Collection } from "../../core/collection.ts";
import { shardOf } from "../../core/document/route.ts";
import { BRANCH_LEAVES_MAX } from "../../core/contracts/branch.ts";

/** Every shard of a collection. */
export function shardsOf(collection: Pick<Collection, "shards">): number[] {
  return Array.from({ length: collection.shards }, (_, shard) => shard);
}

/** The shards that a search asks: all, or the one on which the documents of a routing key are. */
export function shardsToSearch(collection: Collection, routing: string | undefined): number[] {
  return routing === undefined ? shardsOf(collection) : [shardOf(collection, routing)];
}

/** Shards in groups of as many as one branch asks. */
export function byBranch(shards: readonly number[]): number[][] {
  const groups: number[][] = [];
  for (let first = 0; first < shards.length; first += BRANCH_LEAVES_MAX) {
    groups.push(shards.slice(first, first + BRANCH_LEAVES_MAX));
  }
  return groups;
}
