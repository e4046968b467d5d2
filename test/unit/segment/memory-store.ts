/** Rows in memory, with transactions, and with a fault: the n-th write from now on throws, as if the process had died. */
import type { SegmentStore } from "../../../shard-workers/segment/store.ts";

export class Crash extends Error {
  /** The row that was not written or removed; `commit`: all were, and the transaction did not end. */
  readonly at: number | "commit";

  constructor(at: number | "commit") {
    super("the process has died");
    this.at = at;
  }
}

export class MemoryStore implements SegmentStore {
  readonly rows = new Map<number, Uint8Array>();
  /** Rows written and removed: what is billed. */
  writes = 0;
  /** Writes until a crash. */
  private untilCrash = Infinity;
  private open = false;
  /** What the rows were that the open transaction has changed. */
  private readonly before = new Map<number, Uint8Array | undefined>();

  crashAtWrite(write: number): void {
    this.untilCrash = write;
  }

  transaction<T>(run: () => T): T {
    if (this.open) return run();
    this.before.clear();
    this.open = true;
    try {
      const result = run();
      // The end of a transaction is a write too: before it, none is durable.
      this.countWrite("commit");
      return result;
    } catch (error) {
      for (const [key, bytes] of this.before) {
        if (bytes === undefined) this.rows.delete(key);
        else this.rows.set(key, bytes);
      }
      throw error;
    } finally {
      this.open = false;
    }
  }

  read(key: number): Uint8Array | undefined {
    return this.rows.get(key)?.slice();
  }

  write(key: number, bytes: Uint8Array): void {
    this.countWrite(key);
    this.writes += 1;
    this.remember(key);
    this.rows.set(key, bytes.slice());
  }

  remove(key: number): void {
    this.countWrite(key);
    this.writes += 1;
    this.remember(key);
    this.rows.delete(key);
  }

  keys(from: number, to: number): number[] {
    return [...this.rows.keys()].filter((key) => key >= from && key < to).toSorted((a, b) => a - b);
  }

  private remember(key: number): void {
    if (this.open && !this.before.has(key)) this.before.set(key, this.rows.get(key));
  }

  private countWrite(at: number | "commit"): void {
    if (--this.untilCrash < 0) throw new Crash(at);
  }
}
