/**
 * What a shard's log is to those that follow it: its entries are what the primary decided, so that whoever applies them in
 * their order holds the same documents with the same versions.
 */

/**
 * A place in a shard's log: how many batches there are up to here, and the highest version that they gave. Two histories that
 * have parted agree on the number by chance, but not on the version, which is a clock.
 */
export interface Position {
  sequence: number;
  clock: number;
}

export const LOG_START: Position = { sequence: 0, clock: 0 };

/** One document's change, with preconditions and patches already decided. */
export type ReplicatedOperation =
  | { kind: "put"; id: string; version: number; json: string }
  | { kind: "delete"; id: string; version: number };

/** One batch of writes. It is applied whole, by whoever is exactly at `after`, and takes them to `position`. */
export interface LogEntry {
  after: Position;
  position: Position;
  operations: ReplicatedOperation[];
}

export function samePosition(a: Position, b: Position): boolean {
  return a.sequence === b.sequence && a.clock === b.clock;
}
