/**
 * BLOBs in memory, bounded in bytes over all segments of all leaves in the isolate. Replacement is CLOCK (Corbató
 * 1968): a BLOB that was used since the hand last passed is spared once. A hit costs a field and a flag. Views of a BLOB
 * are good until the turn ends (the next microtask), but for those of an owner that is lent.
 */
import { CACHE_BYTES_MAX, RETIRED_BYTES_MAX } from "./limits.ts";

/** A BLOB that may be in memory. Its owner keeps the slot, and reads anew when `bytes` has gone. */
export interface CacheSlot {
  bytes: Uint8Array | undefined;
  used: boolean;
  readonly owner: SlotOwner;
}

export interface SlotOwner {
  /** Somebody keeps views of its BLOBs from one turn to the next, as a merge does between its steps. */
  readonly lent: boolean;
}

export class BlobCache {
  private readonly bytesMax: number;
  private readonly ring: CacheSlot[] = [];
  private hand = 0;
  private held = 0;
  /** Buffers that were evicted in this turn: views of them may be in use until it ends. */
  private readonly retired: ArrayBuffer[] = [];
  private retiredBytes = 0;

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
        this.retire(slot);
        slot.bytes = undefined;
        const last = this.ring.pop();
        if (last !== undefined && last !== slot) this.ring[this.hand] = last;
        return;
      }
      slot.used = false;
      this.hand += 1;
    }
  }

  /**
   * Gives an evicted BLOB's memory back when the turn is over. V8 would do so when it collects garbage, but what is behind
   * typed arrays hardly moves it to: a leaf that reads more than fits the cache gathers a hundred megabytes before.
   */
  private retire({ bytes, owner }: CacheSlot): void {
    if (bytes === undefined || owner.lent || this.retiredBytes + bytes.length > RETIRED_BYTES_MAX) return;
    if (!(bytes.buffer instanceof ArrayBuffer)) return;
    if (this.retired.length === 0) queueMicrotask(() => this.free());
    this.retired.push(bytes.buffer);
    this.retiredBytes += bytes.length;
  }

  /** Detached, a buffer's memory is free at once; whoever kept a view of it against the rules finds it empty. */
  private free(): void {
    for (const buffer of this.retired.splice(0)) buffer.transfer(0);
    this.retiredBytes = 0;
  }
}

/** The isolate's. */
export const sharedCache = new BlobCache(CACHE_BYTES_MAX);
