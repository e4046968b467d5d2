import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SHARDS_MAX } from "../../../core/collection.ts";
import {
  evenSlotMap,
  partsBetween,
  routingKeyOf,
  SLOT_COUNT,
  slotOf,
  slotTable,
} from "../../../core/slots.ts";

const shardCounts = fc.integer({ min: 1, max: SHARDS_MAX });

describe("the slot of an id", () => {
  it("is one of the slots, whatever the id", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (id) => {
        const slot = slotOf(id);
        expect(Number.isInteger(slot) && slot >= 0 && slot < SLOT_COUNT).toBe(true);
        expect(slotOf(id)).toBe(slot);
      }),
    );
  });

  // A change of the hash would lose every document that was written before it.
  it.each([
    ["1", 1423],
    ["2", 1375],
    ["10", 436],
    ["tt0073195", 2740],
    ["日本", 287],
    ["😀", 2058],
    ["a".repeat(256), 1774],
  ])("is for %j always %i", (id, slot) => {
    expect(slotOf(id)).toBe(slot);
  });

  it.each([
    ["numbers", (n: number) => String(n)],
    ["padded numbers", (n: number) => `doc-${String(n).padStart(8, "0")}`],
    ["ids that differ at their beginning", (n: number) => `${n.toString(36)}-aaaaaaaaaaaaaaaa`],
    ["hexadecimal ids", (n: number) => (n * 2654435761).toString(16)],
  ])("spreads %s evenly", (_, idOf) => {
    const perSlot = 10;
    const counts = new Float64Array(SLOT_COUNT);
    for (let n = 0; n < perSlot * SLOT_COUNT; n++) {
      const slot = slotOf(idOf(n));
      counts[slot] = (counts[slot] ?? 0) + 1;
    }
    const chiSquared = counts.reduce((sum, count) => sum + (count - perSlot) ** 2 / perSlot, 0);

    // Of a uniform spread this has mean 4,095 and standard deviation 90.5; five of them, and no more.
    expect(chiSquared).toBeLessThan(SLOT_COUNT + 5 * 90.5);
  });
});

describe("the routing key of an id", () => {
  it.each([
    ["acme!order-17", "acme"],
    ["acme!", "acme"],
    ["acme!2026!17", "acme"],
    ["acme", "acme"],
    ["!order-17", "!order-17"],
    ["!", "!"],
  ])("is of %j %j", (id, key) => {
    expect(routingKeyOf(id)).toBe(key);
  });

  it("decides on the slot, whatever follows it", () => {
    const keys = fc.string({ minLength: 1, unit: "binary" }).filter((key) => !key.includes("!"));
    fc.assert(
      fc.property(keys, fc.string({ unit: "binary" }), (key, rest) => {
        expect(slotOf(`${key}!${rest}`)).toBe(slotOf(key));
      }),
    );
  });
});

describe("the map of a new collection", () => {
  it("gives every slot to a shard, and every shard as many as any other, but for one", () => {
    fc.assert(
      fc.property(shardCounts, (shards) => {
        const owned = new Float64Array(shards);
        for (const shard of slotTable(evenSlotMap(shards))) owned[shard] = (owned[shard] ?? 0) + 1;

        expect(owned.reduce((sum, count) => sum + count, 0)).toBe(SLOT_COUNT);
        expect(Math.max(...owned) - Math.min(...owned)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it("begins at slot 0, and its ranges rise", () => {
    fc.assert(
      fc.property(shardCounts, (shards) => {
        const ranges = evenSlotMap(shards);
        expect(ranges[0]).toEqual({ from: 0, shard: 0 });
        expect(ranges.every(({ from }, index) => index === 0 || from > (ranges[index - 1]?.from ?? 0))).toBe(
          true,
        );
      }),
    );
  });
});

it("reads a map whose ranges are neither equal nor in the order of the shards", () => {
  const table = slotTable([
    { from: 0, shard: 2 },
    { from: 10, shard: 0 },
    { from: 4000, shard: 2 },
  ]);

  expect([table[0], table[9], table[10], table[3999], table[4000], table[4095]]).toEqual([2, 2, 0, 0, 2, 2]);
});

describe("the parts between two maps", () => {
  it("name each pair of shards that have a slot in common, once", () => {
    fc.assert(
      fc.property(shardCounts, shardCounts, (before, after) => {
        const [from, to] = [evenSlotMap(before), evenSlotMap(after)];
        const parts = partsBetween(from, to).map(({ source, target }) => `${source} ${target}`);
        const [owners, heirs] = [slotTable(from), slotTable(to)];
        const expected = new Set(Array.from(owners, (source, slot) => `${source} ${heirs[slot] ?? 0}`));
        expect(parts.length).toBe(new Set(parts).size);
        expect(new Set(parts)).toEqual(expected);
        // Even maps are contiguous: a resharding has fewer parts than shards before and after together.
        expect(parts.length).toBeLessThan(before + after);
      }),
    );
  });
});
