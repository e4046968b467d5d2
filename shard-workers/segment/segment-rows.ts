/** Rows of segments that are no more: they go at once, or as soon as nobody reads them over several turns. */
import { segmentKey, type SegmentStore } from "./store.ts";

export class SegmentRows {
  private readonly store: SegmentStore;
  /** By segment, how many read it. */
  private readonly readers = new Map<number, number>();

  constructor(store: SegmentStore) {
    this.store = store;
  }

  /** Keeps the rows of segments, until the function that this returns is called. */
  hold(segments: readonly number[]): () => void {
    for (const segment of segments) this.readers.set(segment, (this.readers.get(segment) ?? 0) + 1);
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      for (const segment of segments) {
        const others = (this.readers.get(segment) ?? 0) - 1;
        if (others > 0) this.readers.set(segment, others);
        else this.readers.delete(segment);
      }
    };
  }

  /** Whether there are some among these that nobody reads. */
  hasFree(segments: readonly number[]): boolean {
    return segments.some((segment) => !this.readers.has(segment));
  }

  /** Removes the rows of those that nobody reads, and answers the others. Part of the caller's transaction. */
  removeFree(segments: readonly number[]): number[] {
    return segments.filter((segment) => {
      if (this.readers.has(segment)) return true;
      this.remove(segment);
      return false;
    });
  }

  /** Removes a segment's rows. Part of the caller's transaction. */
  remove(segment: number): void {
    for (const key of this.store.keys(segmentKey(segment, 0), segmentKey(segment + 1, 0)))
      this.store.remove(key);
  }
}
