import fc from "fast-check";
import { expect, it } from "vitest";
import type { WriteOperation } from "../../../../core/contracts/documents.ts";
import { routeWrites, shardOf } from "../../../../core/document/route.ts";
import { collectionOf } from "../../collection-of.ts";

const operations: fc.Arbitrary<WriteOperation[]> = fc.array(
  fc.record({
    kind: fc.constant("put" as const),
    id: fc.string({ minLength: 1, maxLength: 3 }),
    json: fc.string(),
  }),
  { maxLength: 60 },
);
const collections = fc.integer({ min: 1, max: 186 }).map((shards) => collectionOf({ shards }));

it("sends each operation to the shard that owns its id, once, and knows where it stood", () => {
  fc.assert(
    fc.property(collections, operations, (collection, given) => {
      const { writes, indexes } = routeWrites(collection, given);
      const placed = writes.flatMap(({ shard, operations: sent }, at) =>
        sent.map((operation, which) => ({ shard, operation, index: indexes[at]?.[which] ?? -1 })),
      );

      expect(placed.map(({ index }) => index).toSorted((a, b) => a - b)).toEqual(
        given.map((_, index) => index),
      );
      for (const { shard, operation, index } of placed) {
        expect(operation).toBe(given[index]);
        expect(shard).toBe(shardOf(collection, operation.id));
        expect(shard).toBeLessThan(collection.shards);
      }
    }),
  );
});

it("keeps the order of a shard's operations, so that the last of two with one id stays the last", () => {
  fc.assert(
    fc.property(collections, operations, (collection, given) => {
      for (const places of routeWrites(collection, given).indexes) {
        expect(places).toEqual(places.toSorted((a, b) => a - b));
      }
    }),
  );
});

it("names each shard once, in ascending order, and none without operations", () => {
  fc.assert(
    fc.property(collections, operations, (collection, given) => {
      const { writes } = routeWrites(collection, given);
      const shards = writes.map(({ shard }) => shard);
      expect(shards).toEqual([...new Set(shards)].toSorted((a, b) => a - b));
      expect(writes.every(({ operations: sent }) => sent.length > 0)).toBe(true);
    }),
  );
});
