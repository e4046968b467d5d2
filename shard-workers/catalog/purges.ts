/** Which leaves a change of a collection leaves without a use. */
import { generationOf, type Collection } from "../../core/collection.ts";
import type { Purge } from "../../core/contracts/catalog.ts";
import type { Building } from "../../core/contracts/resharding.ts";

/** Every leaf of a collection that is deleted. */
export function allReplicas({ id, shards, replicas, generation }: Collection): Purge {
  return { key: id, collectionId: id, shards, replicas: range(0, replicas), ...defined(generation) };
}

/** Every leaf of a generation that does not serve its collection, or does so no longer. */
export function generationPurge(
  { id, replicas }: Pick<Collection, "id" | "replicas">,
  { generation, shards }: Building,
): Purge {
  const key = `${id}/generation/${generation}`;
  return { key, collectionId: id, shards, replicas: range(0, replicas), generation };
}

/** The replicas that the new declaration has no more; undefined when there are none. */
export function droppedReplicas(before: Collection, after: Collection): Purge | undefined {
  if (after.replicas >= before.replicas) return undefined;
  const { id, shards, epoch, generation } = after;
  // By epoch: whoever confirms this purge confirms none of a later change.
  return {
    key: `${id}/${epoch}`,
    collectionId: id,
    shards,
    replicas: range(after.replicas, before.replicas),
    ...defined(generation),
  };
}

/** What is left of a purge when some of its replicas are wanted again. */
export function withoutReplicasInUse(purge: Purge, collection: Collection): Purge {
  const { replicas } = collection;
  if (generationOf(purge) !== generationOf(collection)) return purge;
  return { ...purge, replicas: purge.replicas.filter((replica) => replica >= replicas) };
}

function defined(generation: number | undefined): { generation?: number } {
  return generation === undefined ? {} : { generation };
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index);
}
