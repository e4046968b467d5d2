/** A leaf's rows in memory. */
import type { SegmentStore } from "../../shard-workers/segment/store.ts";

export class MemoryRows implements SegmentStore {
  private readonly rows = new Map<number, Uint8Array>();

  /** Nothing fails here, so there is nothing to roll back. */
  transaction<T>(run: () => T): T {
    return run();
  }

  read(key: number): Uint8Array | undefined {
    return this.rows.get(key)?.slice();
  }

  write(key: number, bytes: Uint8Array): void {
    this.rows.set(key, bytes.slice());
  }

  remove(key: number): void {
    this.rows.delete(key);
  }

  keys(from: number, to: number): number[] {
    return [...this.rows.keys()].filter((key) => key >= from && key < to).toSorted((a, b) => a - b);
  }
}
