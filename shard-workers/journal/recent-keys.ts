/**
 * Finds recent events by id and source, to know duplicates without a row each in the database. Fixed memory: four
 * numbers an event, as hash chains through a ring (as LZ77's: an entry that the ring has overwritten ends its chain).
 * It knows hashes alone, so what it finds is to be compared with the event itself.
 */

/** The hashes of an event's identity, 32 bits each. */
export interface KeyHash {
  id: number;
  source: number;
}

const CAPACITY_FIRST = 1024;

/** FNV-1a over UTF-16 units, then Murmur3's finalizer. */
export function hash32(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

export function keyHash(key: { id: string; source: string }): KeyHash {
  return { id: hash32(key.id), source: hash32(key.source) };
}

/** Where an event is: its log row, and its place in the row. */
export interface Location {
  sequence: number;
  index: number;
}

/** A row has fewer events than this. */
const INDEX_RADIX = 65_536;

export class RecentKeys {
  private readonly capacityMax: number;
  private ring: Ring;

  /** Knows the latest `capacityMax` events that were added; a power of two. */
  constructor(capacityMax: number) {
    this.capacityMax = capacityMax;
    this.ring = new Ring(Math.min(CAPACITY_FIRST, capacityMax));
  }

  add(key: KeyHash, location: Location): void {
    if (this.ring.length === this.ring.capacity && this.ring.capacity < this.capacityMax) {
      this.ring = this.ring.grown();
    }
    this.ring.add(key.id, key.source, location.sequence * INDEX_RADIX + location.index);
  }

  /** The events with that id, and that source if one is given, the newest first. */
  *find(id: number, source?: number): Generator<Location> {
    for (const packed of this.ring.find(id, source)) {
      yield { sequence: Math.floor(packed / INDEX_RADIX), index: packed % INDEX_RADIX };
    }
  }
}

/** Positions count every entry ever added, from 1; an entry is in slot `position % capacity`. */
class Ring {
  readonly capacity: number;
  private added = 0;
  private readonly ids: Uint32Array;
  private readonly sources: Uint32Array;
  private readonly locations: Float64Array;
  /** The position of the next older entry of the same chain; 0: none. */
  private readonly older: Float64Array;
  /** The newest position of each chain. */
  private readonly heads: Float64Array;

  constructor(capacity: number) {
    this.capacity = capacity;
    this.ids = new Uint32Array(capacity);
    this.sources = new Uint32Array(capacity);
    this.locations = new Float64Array(capacity);
    this.older = new Float64Array(capacity);
    this.heads = new Float64Array(capacity);
  }

  get length(): number {
    return Math.min(this.added, this.capacity);
  }

  add(id: number, source: number, location: number): void {
    this.added++;
    const slot = this.added % this.capacity;
    const chain = id % this.capacity;
    this.ids[slot] = id;
    this.sources[slot] = source;
    this.locations[slot] = location;
    this.older[slot] = this.heads[chain] ?? 0;
    this.heads[chain] = this.added;
  }

  *find(id: number, source?: number): Generator<number> {
    let position = this.heads[id % this.capacity] ?? 0;
    while (position > this.added - this.length) {
      const slot = position % this.capacity;
      if (this.ids[slot] === id && (source === undefined || this.sources[slot] === source)) {
        yield this.locations[slot] ?? 0;
      }
      position = this.older[slot] ?? 0;
    }
  }

  grown(): Ring {
    const ring = new Ring(this.capacity * 2);
    for (let position = this.added - this.length + 1; position <= this.added; position++) {
      const slot = position % this.capacity;
      ring.add(this.ids[slot] ?? 0, this.sources[slot] ?? 0, this.locations[slot] ?? 0);
    }
    return ring;
  }
}

/** Keys as a log row keeps them, 8 bytes an event. */
export function encodeKeys(keys: readonly KeyHash[]): ArrayBuffer {
  const view = new DataView(new ArrayBuffer(keys.length * 8));
  keys.forEach(({ id, source }, index) => {
    view.setUint32(index * 8, id, true);
    view.setUint32(index * 8 + 4, source, true);
  });
  return view.buffer;
}

export function decodeKeys(bytes: ArrayBuffer): KeyHash[] {
  const view = new DataView(bytes);
  return Array.from({ length: bytes.byteLength / 8 }, (_, index) => ({
    id: view.getUint32(index * 8, true),
    source: view.getUint32(index * 8 + 4, true),
  }));
}
