import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BlobCache } from "../../../shard-workers/segment/cache.ts";
import { setBit } from "../../../shard-workers/segment/bitmap.ts";
import { bitmapWords } from "../../../shard-workers/segment/column-contract.ts";
import { SegmentEngine } from "../../../shard-workers/segment/engine.ts";
import { Projection } from "../../../shard-workers/segment/projection.ts";
import type { Scan } from "../../../shard-workers/segment/scan.ts";
import type { Searchable } from "../../../shard-workers/segment/searchable.ts";
import { MemoryStore } from "./memory-store.ts";
import { evenNumbers, plainColumns, type PlainColumns } from "./plain-columns.ts";

type Engine = SegmentEngine<PlainColumns>;

const limits = { documentsMax: 7, bytesMax: 4096 };

function open(store = new MemoryStore(), cache = new BlobCache(1 << 20)): Engine {
  const engine = new SegmentEngine(store, plainColumns, cache);
  engine.declare({ text: { type: "text" } });
  return engine;
}

let version = 0;

function put(engine: Engine, ids: Iterable<number>, generation = 0): void {
  engine.batch(() => {
    for (const n of ids) {
      const value = { id: `d${n}`, n, generation, text: `word${n % 13} and "größer" \u2028 ${n}` };
      engine.put({ id: value.id, version: ++version, json: JSON.stringify(value), value });
    }
  });
}

function all({ documents }: Searchable<PlainColumns>): Uint32Array {
  const bits = new Uint32Array(bitmapWords(documents));
  for (let ordinal = 0; ordinal < documents; ordinal++) setBit(bits, ordinal);
  return bits;
}

interface Read {
  id: string;
  n: number;
  generation: number;
}

function* batches(scan: Scan<PlainColumns>, by = limits): Generator<Read[]> {
  for (let batch = scan.next(by); batch !== undefined; batch = scan.next(by)) {
    const documents = JSON.parse(batch.json) as Read[];
    expect(documents).toHaveLength(batch.documents);
    yield documents;
  }
}

const range = (count: number, from = 0): number[] => Array.from({ length: count }, (_, n) => from + n);
const ids = (read: readonly { id: string }[]): string[] => read.map(({ id }) => id).toSorted();
const idsOf = (numbers: readonly number[]): string[] => numbers.map((n) => `d${n}`).toSorted();

/** Everything that is due, step by step. */
function mergeAll(engine: Engine): void {
  while (engine.mergeDue()) engine.mergeStep();
}

describe("a scan", () => {
  it("reads every document once, those in segments and those in memory, as they were put", () => {
    const engine = open();
    for (let from = 0; from < 300; from += 100) {
      put(engine, range(100, from));
      if (from < 200) engine.batch(() => engine.flush());
    }
    const scan = engine.scan(all);
    const read = [...batches(scan)].flat();

    expect(scan.documents).toBe(300);
    expect(ids(read)).toEqual(idsOf(range(300)));
    expect(read.find(({ id }) => id === "d42")).toEqual(JSON.parse(engine.get("d42")?.json ?? ""));
  });

  it("ends a batch with the document that reaches a limit", () => {
    const engine = open();
    put(engine, range(50));
    const byNumber = [...batches(engine.scan(all), { documentsMax: 8, bytesMax: Infinity })];
    const byBytes = [...batches(engine.scan(all), { documentsMax: Infinity, bytesMax: 1 })];

    expect(byNumber.map(({ length }) => length)).toEqual([8, 8, 8, 8, 8, 8, 2]);
    expect(byBytes.map(({ length }) => length)).toEqual(range(50).map(() => 1));
  });

  it("reads what matches, as the projection leaves it, and nothing of what is deleted", () => {
    const engine = open();
    put(engine, range(40));
    engine.batch(() => engine.flush());
    put(engine, range(20, 40));
    engine.batch(() => {
      engine.delete("d2");
      engine.delete("d50");
    });
    const scan = engine.scan((segment) => evenNumbers.filter?.(segment) ?? all(segment), new Projection([]));

    expect([...batches(scan)].flat().toSorted((a, b) => (a.id < b.id ? -1 : 1))).toEqual(
      idsOf(range(60).filter((n) => n % 2 === 0 && n !== 2 && n !== 50)).map((id) => ({ id })),
    );
  });

  it("opens no block of documents in which none matches", () => {
    const store = new MemoryStore();
    const engine = open(store);
    const long = "x".repeat(30_000);
    engine.batch(() => {
      for (let n = 0; n < 40; n++) {
        const value = { id: `d${n}`, n, text: "w", long: `${long}${n}` };
        engine.put({ id: value.id, version: ++version, json: JSON.stringify(value), value });
      }
      engine.flush();
    });
    let read = 0;
    const original = store.read.bind(store);
    store.read = (key) => {
      read += 1;
      return original(key);
    };
    const readsOf = (matching: (n: number) => boolean): number => {
      const cold = open(store, new BlobCache(1 << 24));
      read = 0;
      const scan = cold.scan(({ documents }) => {
        const bits = new Uint32Array(bitmapWords(documents));
        for (let n = 0; n < documents; n++) if (matching(n)) setBit(bits, n);
        return bits;
      });
      expect([...batches(scan)].length).toBeGreaterThan(0);
      return read;
    };

    const first = readsOf((n) => n === 0);
    expect(readsOf(() => true)).toBeGreaterThan(first + 2);
  });
});

describe("what happens while a scan is read", () => {
  it("changes nothing of it: writes, deletions, flushes, merges", () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 4 }), { minLength: 20, maxLength: 60 }), (events) => {
        const store = new MemoryStore();
        const engine = open(store, new BlobCache(64 * 1024));
        for (let from = 0; from < 240; from += 20) {
          put(engine, range(20, from));
          if (from < 220) engine.batch(() => engine.flush());
        }
        const scan = engine.scan(all);
        const read: Read[] = [];
        let next = 1_000;
        const walk = batches(scan, { documentsMax: 5, bytesMax: Infinity });
        for (const event of events) {
          if (event === 0) engine.batch(() => engine.flush());
          else if (event === 1) put(engine, [next++, next++]);
          else if (event === 2) put(engine, [(next * 7) % 240], 1);
          else if (event === 3) engine.batch(() => engine.delete(`d${(next++ * 11) % 240}`));
          else while (engine.mergeDue()) engine.mergeStep();
          read.push(...(walk.next().value ?? []));
        }
        for (const batch of walk) read.push(...batch);
        scan.close();

        expect(ids(read)).toEqual(idsOf(range(240)));
        expect(read.every(({ generation }) => generation === 0)).toBe(true);
      }),
      { numRuns: 30 },
    );
  });

  it("keeps the rows that it reads, and no longer than until it is closed", () => {
    const store = new MemoryStore();
    const engine = open(store);
    for (let from = 0; from < 240; from += 20) {
      put(engine, range(20, from));
      engine.batch(() => engine.flush());
    }
    const [one, other] = [engine.scan(all), engine.scan(all)];
    mergeAll(engine);
    const held = store.rows.size;
    one.close();
    one.close();

    expect(engine.mergeDue()).toBe(false);
    expect(ids([...batches(other)].flat())).toEqual(idsOf(range(240)));
    other.close();
    expect(engine.mergeDue()).toBe(true);
    mergeAll(engine);
    expect(store.rows.size).toBeLessThan(held / 2);
    expect(ids([...batches(engine.scan(all))].flat())).toEqual(idsOf(range(240)));
  });

  it("leaves rows behind when the process dies, which the next merge removes", () => {
    const store = new MemoryStore();
    const engine = open(store);
    for (let from = 0; from < 240; from += 20) {
      put(engine, range(20, from));
      engine.batch(() => engine.flush());
    }
    engine.scan(all);
    mergeAll(engine);
    const held = store.rows.size;
    const again = open(store);

    expect(again.mergeDue()).toBe(true);
    mergeAll(again);
    expect(store.rows.size).toBeLessThan(held / 2);
    expect(again.documentCount()).toBe(240);
  });

  it("a closed scan reads nothing more", () => {
    const engine = open();
    put(engine, range(10));
    const scan = engine.scan(all);
    scan.close();

    expect(scan.next(limits)).toBeUndefined();
  });
});
