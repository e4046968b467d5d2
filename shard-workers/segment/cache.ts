/**
 * BLOBs in memory, bounded in bytes over all segments of all leaves in the isolate. Replacement is CLOCK (Corbató
 * 1968): a BLOB that was used since the hand last passed is spared once. A hit costs a field and a flag.
 */
import { CACHE_BYTES_MAX } from "./limits.ts";

/** A BLOB that may be in memory. Its owner keeps the slot, and reads anew when `bytes` has gone. */
export interface CacheSlot {
  bytes: Uint8Array | undefined;
  used: boolean;
}

export class BlobCache {
  private readonly bytesMax: number;
  private readonly ring: CacheSlot[] = [];
  private hand = 0;
  private held = 0;

  constructor(bytesMax: number) {
    this.bytesMax = bytesMax;
  }

  /** What the cache holds now. */
  get bytes(): number {
    return this.held;
  }

  /** Keeps bytes in an empty slot; others lose theirs when there is no room. */
  fill(slot: CacheSlot, bytes: Uint8Array): void {
    while (this.ring.length > 0 && this.held + bytes.length > this.bytesMax) this.evictOne();
    slot.bytes = bytes;
    slot.used = true;
    this.held += bytes.length;
    this.ring.push(slot);
  }

  /** Forgets what a segment that is no more had here. */
  drop(slots: Iterable<CacheSlot>): void {
    const gone = new Set(slots);
    const kept = this.ring.filter((slot) => !gone.has(slot));
    this.ring.splice(0, this.ring.length, ...kept);
    this.hand = 0;
    this.held = kept.reduce((sum, { bytes }) => sum + (bytes?.length ?? 0), 0);
    for (const slot of gone) slot.bytes = undefined;
  }

  /** Forgets everything. */
  clear(): void {
    this.drop(this.ring.slice());
  }

  private evictOne(): void {
    for (;;) {
      if (this.hand >= this.ring.length) this.hand = 0;
      const slot = this.ring[this.hand];
      if (slot === undefined) return;
      if (!slot.used) {
        this.held -= slot.bytes?.length ?? 0;
        slot.bytes = undefined;
        const last = this.ring.pop();
        if (last !== undefined && last !== slot) this.ring[this.hand] = last;
        return;
      }
      slot.used = false;
      this.hand += 1;
    }
  }
}

/** The isolate's. */
export const sharedCache = new BlobCache(CACHE_BYTES_MAX);
