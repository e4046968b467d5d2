/** Which leaf a Durable Object is: its name says so. */
import { generationOf, type Collection } from "../../core/collection.ts";
import { PRIMARY } from "./leaf-stub.ts";

export interface LeafPlace {
  collectionId: string;
  shard: number;
  replica: number;
  /** Which of the collection's generations of leaves it is of: a resharding builds another. */
  generation: number;
}

/**
 * What a leaf is to its collection: it serves it; or is being built, and serves nobody yet; or is of no use any more, or not yet, since
 * others have taken its place, or there are fewer replicas.
 */
export type LeafRole = "serving" | "building" | "none";

export function roleOf({ generation, replica }: LeafPlace, collection: Collection): LeafRole {
  if (replica >= collection.replicas) return "none";
  if (generation === generationOf(collection)) return "serving";
  return generation === collection.building?.generation ? "building" : "none";
}

/** The place that `leafStub` named. An object that was made without a name is nobody's leaf, and the primary of nothing. */
export function leafPlace(name: string | undefined): LeafPlace {
  const [collectionId = "", shard, replica, generation] = name?.split("/") ?? [];
  return {
    collectionId,
    shard: Number(shard ?? 0),
    replica: Number(replica ?? PRIMARY),
    generation: Number(generation ?? 0),
  };
}
