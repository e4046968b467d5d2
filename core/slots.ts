/**
 * Where a document lives: its id's routing key is hashed to one of 4,096 slots, and the collection's slot map says which shard
 * owns the slot. The map can change (its number is the epoch); the hash never does.
 */

/** Enough that 64 shards get equal shares within 2 %, few enough that a map stays small. */
export const SLOT_COUNT = 4096;

/** Owns every slot from `from` up to the next range's `from`. */
export interface SlotRange {
  from: number;
  shard: number;
}

/** A part of the slots: those from `from` on that are below `to`. */
export interface SlotSpan {
  from: number;
  to: number;
}

export const ALL_SLOTS: SlotSpan = { from: 0, to: SLOT_COUNT };

/** The share of the slots. */
export function partOf({ from, to }: SlotSpan = ALL_SLOTS): number {
  return (to - from) / SLOT_COUNT;
}

const encoder = new TextEncoder();

/** Ends a routing key, as in Solr's composite ids. */
const KEY_END = "!";

/**
 * What of a document id decides where it lives: what stands before its first "!", so that documents of one key are together; all of it
 * where there is none, or nothing before it.
 */
export function routingKeyOf(id: string): string {
  const end = id.indexOf(KEY_END);
  return end < 1 ? id : id.slice(0, end);
}

/**
 * The slot of a document id, 0 to 4,095: FNV-1a over its routing key's UTF-8 bytes, then Murmur3's finalizer, which spreads
 * FNV's weak low bits so that ids like "1", "2", … fill all slots evenly.
 */
export function slotOf(id: string): number {
  const bytes = encoder.encode(routingKeyOf(id));
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) % SLOT_COUNT;
}

/** The map of a new collection: equal, contiguous ranges. */
export function evenSlotMap(shards: number): SlotRange[] {
  return Array.from({ length: shards }, (_, shard) => ({
    from: Math.ceil((shard * SLOT_COUNT) / shards),
    shard,
  }));
}

/** The map as a table: `table[slot]` is the shard. */
export function slotTable(ranges: readonly SlotRange[]): Uint16Array {
  const table = new Uint16Array(SLOT_COUNT);
  ranges.forEach((range, index) => {
    table.fill(range.shard, range.from, ranges[index + 1]?.from ?? SLOT_COUNT);
  });
  return table;
}

/** A part of a resharding: the documents that go from one shard to another. */
export interface SlotPart {
  source: number;
  target: number;
}

/** Which shards of one map have slots that belong to which shards of another: each pair once, by target. */
export function partsBetween(before: readonly SlotRange[], after: readonly SlotRange[]): SlotPart[] {
  const [from, to] = [slotTable(before), slotTable(after)];
  const parts = new Map<string, SlotPart>();
  from.forEach((source, slot) => {
    const target = to[slot] ?? 0;
    parts.set(`${source} ${target}`, { source, target });
  });
  return [...parts.values()].toSorted((a, b) => a.target - b.target || a.source - b.source);
}
