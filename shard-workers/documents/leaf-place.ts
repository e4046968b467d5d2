/** Which leaf a Durable Object is: its name says so. */
import { PRIMARY } from "./leaf-stub.ts";

export interface LeafPlace {
  collectionId: string;
  shard: number;
  replica: number;
}

/** The place that `leafStub` named. An object that was made without a name is nobody's leaf, and the primary of nothing. */
export function leafPlace(name: string | undefined): LeafPlace {
  const [collectionId = "", shard, replica] = name?.split("/") ?? [];
  return { collectionId, shard: Number(shard ?? 0), replica: Number(replica ?? PRIMARY) };
}
