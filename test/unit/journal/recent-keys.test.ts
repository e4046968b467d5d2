import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  decodeKeys,
  encodeKeys,
  hash32,
  keyHash,
  RecentKeys,
} from "../../../shard-workers/journal/recent-keys.ts";

const key = fc.record({ id: fc.integer({ min: 0, max: 6 }), source: fc.integer({ min: 0, max: 3 }) });

describe("recent keys", () => {
  it("find what a list of the latest keys finds, newest first", () => {
    const capacity = 16;
    fc.assert(
      fc.property(fc.array(key, { maxLength: 100 }), key, (added, wanted) => {
        const keys = new RecentKeys(capacity);
        for (const [index, each] of added.entries()) keys.add(each, { sequence: 7, index });

        const latest = added.map((each, index) => ({ ...each, index })).slice(-capacity);
        const expected = latest.filter(({ id }) => id === wanted.id).toReversed();
        const sameSource = expected.filter(({ source }) => source === wanted.source);
        expect([...keys.find(wanted.id)].map(({ index }) => index)).toEqual(
          expected.map(({ index }) => index),
        );
        expect([...keys.find(wanted.id, wanted.source)].map(({ index }) => index)).toEqual(
          sameSource.map(({ index }) => index),
        );
      }),
    );
  });

  it("keep everything while they grow to their bound, and no more", () => {
    const keys = new RecentKeys(4096);
    for (let n = 0; n < 5000; n++)
      keys.add({ id: hash32(String(n)), source: 1 }, { sequence: n, index: n % 1000 });

    expect([...keys.find(hash32("904"), 1)]).toEqual([{ sequence: 904, index: 904 }]);
    expect([...keys.find(hash32("4999"), 1)]).toEqual([{ sequence: 4999, index: 999 }]);
    expect([...keys.find(hash32("903"), 1)]).toEqual([]);
  });

  it("place an event in a log of any length", () => {
    const keys = new RecentKeys(16);
    const location = { sequence: 2 ** 36, index: 999 };
    keys.add({ id: 1, source: 2 }, location);

    expect([...keys.find(1, 2)]).toEqual([location]);
  });
});

describe("keys in a row", () => {
  it("come back as they went in", () => {
    const keys = [
      keyHash({ id: "1", source: "/a" }),
      keyHash({ id: "ü", source: "" }),
      { id: 2 ** 32 - 1, source: 0 },
    ];

    expect(decodeKeys(encodeKeys(keys))).toEqual(keys);
  });

  it("tell ids and sources apart", () => {
    const hashes = new Set(Array.from({ length: 10_000 }, (_, n) => hash32(`event-${n}`)));

    expect(hashes.size).toBe(10_000);
    expect(keyHash({ id: "a", source: "b" })).not.toEqual(keyHash({ id: "b", source: "a" }));
  });
});
