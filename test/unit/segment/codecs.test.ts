import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  anyBetween,
  countBits,
  lowestBit,
  ordinalsOf,
  setAll,
  setBit,
} from "../../../shard-workers/segment/bitmap.ts";
import {
  ByteReader,
  ByteWriter,
  compareToRange,
  decodeText,
  encodeText,
} from "../../../shard-workers/segment/bytes.ts";
import { RETIRED_BYTES_MAX } from "../../../shard-workers/segment/limits.ts";
import { BlobCache, type CacheSlot } from "../../../shard-workers/segment/cache.ts";
import { hash32 } from "../../../shard-workers/segment/checksum.ts";
import { chooseWidth, pack, unpackOrdinals, unpackPlusOne } from "../../../shard-workers/segment/packing.ts";
import { TokenCounts, WordEncoder } from "../../../shard-workers/segment/word-table.ts";

describe("bytes", () => {
  it("give back every integer below 2^53", () => {
    fc.assert(
      fc.property(fc.array(fc.maxSafeNat()), (numbers) => {
        const writer = new ByteWriter(1);
        for (const number of numbers) writer.varint(number);
        const reader = new ByteReader(writer.copy());
        expect(numbers.map(() => reader.varint())).toEqual(numbers);
        expect(reader.done).toBe(true);
      }),
    );
  });

  it("give back every text, and stand in the order of the texts", () => {
    const anyText = fc.string({
      unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)),
    });
    fc.assert(
      fc.property(anyText, anyText, (a, b) => {
        const left = encodeText(a);
        const right = encodeText(b);
        expect(decodeText(left, 0, left.length)).toBe(a);
        expect(Math.sign(compareToRange(left, right, 0, right.length))).toBe(a < b ? -1 : a > b ? 1 : 0);
      }),
    );
  });
});

describe("xxHash32", () => {
  // The reference implementation's values.
  it.each([
    ["", 0x02cc_5d05],
    ["a", 0x550d_7456],
    ["Nobody inspects the spammish repetition", 0xe229_3b2f],
  ])("of %j is what its author's is", (text, hash) => {
    expect(hash32(new TextEncoder().encode(text), 0)).toBe(hash);
  });
});

describe("packed integers", () => {
  const anyBlock = fc
    .constantFrom(1, 2, 4, 16, 256, 65_536, 2 ** 27)
    .chain((bound) => fc.array(fc.nat(bound - 1), { minLength: 1, maxLength: 128 }));

  it("come back, whatever their size", () => {
    fc.assert(
      fc.property(anyBlock, (numbers) => {
        const values = Uint32Array.from(numbers);
        const code = chooseWidth(values, values.length);
        const writer = new ByteWriter();
        pack(values, values.length, code, writer);
        const into = new Uint32Array(128);
        expect(unpackPlusOne(writer.copy(), 0, values.length, code, into)).toBe(writer.length);
        expect([...into.subarray(0, values.length)]).toEqual(numbers.map((number) => number + 1));
      }),
    );
  });

  it("come back as ordinals from their gaps", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(65_535), { minLength: 1, maxLength: 128 }), (unsorted) => {
        const ordinals = unsorted.toSorted((a, b) => a - b);
        const gaps = Uint32Array.from(
          ordinals.slice(1),
          (ordinal, index) => ordinal - (ordinals[index] ?? 0) - 1,
        );
        const code = chooseWidth(gaps, gaps.length);
        const writer = new ByteWriter();
        pack(gaps, gaps.length, code, writer);
        const into = new Uint16Array(128);
        expect(unpackOrdinals(writer.copy(), 0, ordinals.length, code, ordinals[0] ?? 0, into)).toBe(
          writer.length,
        );
        expect([...into.subarray(0, ordinals.length)]).toEqual(ordinals);
      }),
    );
  });
});

describe("a bitmap", () => {
  it("counts, lists and looks between as a set does", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(199)), fc.nat(199), fc.nat(199), (members, a, b) => {
        const bits = new Uint32Array(7);
        for (const member of members) setBit(bits, member);
        const [first, last] = a < b ? [a, b] : [b, a];
        expect(countBits(bits)).toBe(members.length);
        expect([...ordinalsOf(bits)]).toEqual(members.toSorted((x, y) => x - y));
        expect(anyBetween(bits, first, last)).toBe(
          members.some((member) => member >= first && member <= last),
        );
      }),
    );
  });

  it.each([0, 1, 31, 32, 33, 64])("is full up to %i and no further", (documents) => {
    const bits = new Uint32Array(4).fill(7);
    setAll(bits, documents);
    expect([...ordinalsOf(bits)]).toEqual(Array.from({ length: documents }, (_, ordinal) => ordinal));
  });

  it("names a word's lowest bit", () => {
    expect([lowestBit(0, 1), lowestBit(2, 0x8000_0000 | 0), lowestBit(1, 0b1010)]).toEqual([0, 95, 33]);
  });
});

describe("the words of a segment", () => {
  const anyText = fc.oneof(
    fc.json(),
    fc.string({ unit: "grapheme" }),
    fc
      .array(fc.constantFrom("the", "cat", " ", "  ", ",", '":"', "é", "x9", "\n"), { maxLength: 30 })
      .map((words) => words.join("")),
  );

  it("give back every text, coded or written out, and after a merge of tables", () => {
    fc.assert(
      fc.property(fc.array(anyText, { minLength: 1 }), fc.array(anyText), (texts, others) => {
        const [one, two] = [texts, others].map((sample) => {
          const counts = new TokenCounts();
          for (const text of sample) counts.add(new TextEncoder().encode(text));
          return new WordEncoder(counts, 2);
        });
        if (one === undefined || two === undefined) throw new Error("two samples make two tables");
        const translation = two.translation(one.table);
        for (const text of texts) {
          const encoded = new ByteWriter();
          one.encode(text, encoded);
          expect(one.table.decode(encoded.view(), new ByteWriter())).toBe(text);
          const merged = new ByteWriter();
          two.transcode(encoded.view(), one.table, translation, merged);
          expect(two.table.decode(merged.view(), new ByteWriter())).toBe(text);
        }
      }),
    );
  });
});

describe("the cache", () => {
  const slot = (lent = false): CacheSlot => ({ bytes: undefined, used: false, owner: { lent } });

  it("never holds more than it may, whatever is put in", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 40 })), (sizes) => {
        const cache = new BlobCache(100);
        const slots = sizes.map((size) => {
          const own = slot();
          cache.fill(own, new Uint8Array(size));
          return own;
        });
        const held = slots.reduce((sum, { bytes }) => sum + (bytes?.length ?? 0), 0);
        expect(cache.bytes).toBe(held);
        expect(held).toBeLessThanOrEqual(100);
      }),
    );
  });

  it("spares what was used since the hand passed", () => {
    const cache = new BlobCache(30);
    const slots = [slot(), slot(), slot(), slot(), slot()];
    for (const own of slots.slice(0, 3)) cache.fill(own, new Uint8Array(10));
    // A round of the hand: all were new.
    cache.fill(slots[3] ?? slot(), new Uint8Array(10));
    const kept = slots.find(({ bytes, used }) => bytes !== undefined && !used) ?? slot();
    kept.used = true;
    cache.fill(slots[4] ?? slot(), new Uint8Array(10));

    expect(kept.bytes).toBeDefined();
    expect(slots.filter(({ bytes }) => bytes !== undefined)).toHaveLength(3);
  });

  it("forgets the slots of a segment that is no more", () => {
    const cache = new BlobCache(100);
    const [gone, kept] = [slot(), slot()];
    cache.fill(gone, new Uint8Array(10));
    cache.fill(kept, new Uint8Array(20));
    cache.drop([gone]);

    expect(gone.bytes).toBeUndefined();
    expect(cache.bytes).toBe(20);
  });

  it("gives the memory of what it evicts back when the turn is over, but for what is lent", async () => {
    const cache = new BlobCache(10);
    const [mine, lent, last] = [new Uint8Array(10), new Uint8Array(10), new Uint8Array(10)];
    cache.fill(slot(), mine);
    cache.fill(slot(true), lent);
    cache.fill(slot(), last);
    expect(mine).toHaveLength(10);
    await Promise.resolve();

    expect([mine, lent, last].map(({ length }) => length)).toEqual([0, 10, 10]);
  });

  it("leaves what a long turn evicts to the garbage collector", async () => {
    const cache = new BlobCache(1);
    const all = Array.from({ length: 5 }, () => new Uint8Array(RETIRED_BYTES_MAX / 2));
    for (const bytes of all) cache.fill(slot(), bytes);
    await Promise.resolve();

    expect(all.filter(({ length }) => length === 0)).toHaveLength(2);
  });
});
