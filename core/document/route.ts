/** Which shard a write goes to. */
import type { Collection } from "../collection.ts";
import type { ShardWrites, WriteOperation } from "../contracts/documents.ts";
import { slotOf, slotTable } from "../slots.ts";

/** Operations by shard. `indexes[i][j]` is where `writes[i].operations[j]` stood in the input. */
export interface RoutedWrites {
  writes: ShardWrites[];
  indexes: number[][];
}

/** Groups operations by the shard that owns each id, keeping their order within a shard. */
export function routeWrites(collection: Collection, operations: readonly WriteOperation[]): RoutedWrites {
  const table = slotTable(collection.slots);
  const byShard = new Map<number, { operations: WriteOperation[]; indexes: number[] }>();
  operations.forEach((operation, index) => {
    const shard = table[slotOf(operation.id)] ?? 0;
    const group = byShard.get(shard);
    if (group === undefined) byShard.set(shard, { operations: [operation], indexes: [index] });
    else {
      group.operations.push(operation);
      group.indexes.push(index);
    }
  });
  const groups = [...byShard].toSorted(([a], [b]) => a - b);
  return {
    writes: groups.map(([shard, { operations: grouped }]) => ({ shard, operations: grouped })),
    indexes: groups.map(([, { indexes }]) => indexes),
  };
}

/** The shard that owns an id. */
export function shardOf(collection: Collection, id: string): number {
  return slotTable(collection.slots)[slotOf(id)] ?? 0;
}
