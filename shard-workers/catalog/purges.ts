/** Which leaves a change of a collection leaves without a use. */
import type { Collection } from "../../core/collection.ts";
import type { Purge } from "../../core/contracts/catalog.ts";

/** Every leaf of a collection that is deleted. */
export function allReplicas({ id, shards, replicas }: Collection): Purge {
  return { key: id, collectionId: id, shards, replicas: range(0, replicas) };
}

/** The replicas that the new declaration has no more; undefined when there are none. */
export function droppedReplicas(before: Collection, after: Collection): Purge | undefined {
  if (after.replicas >= before.replicas) return undefined;
  const { id, shards, epoch } = after;
  // By epoch: whoever confirms this purge confirms none of a later change.
  return {
    key: `${id}/${epoch}`,
    collectionId: id,
    shards,
    replicas: range(after.replicas, before.replicas),
  };
}

/** What is left of a purge when some of its replicas are wanted again. */
export function withoutReplicasInUse(purge: Purge, { replicas }: Collection): Purge {
  return { ...purge, replicas: purge.replicas.filter((replica) => replica >= replicas) };
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index);
}
