import { describe, expect, it } from "vitest";
import { BlobCache } from "../../../shard-workers/segment/cache.ts";
import { SegmentEngine } from "../../../shard-workers/segment/engine.ts";
import { LOG_FLUSHES_MAX, ROW_BYTES_MAX } from "../../../shard-workers/segment/limits.ts";
import { beginCopy } from "../../../shard-workers/segment/manifest.ts";
import { logKey } from "../../../shard-workers/segment/store.ts";
import { MemoryStore } from "./memory-store.ts";
import { plainColumns, type PlainColumns } from "./plain-columns.ts";

const ALL = Number.MAX_SAFE_INTEGER;

function open(store: MemoryStore, keepLogAfter?: number): SegmentEngine<PlainColumns> {
  const engine = new SegmentEngine(store, plainColumns, new BlobCache(1024 * 1024));
  engine.keepLogAfter = keepLogAfter;
  engine.declare({ body: { type: "text" } });
  return engine;
}

function document(id: string, version: number, padding = "") {
  const value = { id, body: `word${version}`, padding };
  return { id, version, json: JSON.stringify(value), value };
}

function put(engine: SegmentEngine<PlainColumns>, version: number, flush = false): void {
  engine.batch(() => {
    engine.put(document(`d${version}`, version));
    if (flush) engine.flush();
  });
}

const logRows = (store: MemoryStore) => store.keys(logKey(0), ALL).length;
const sequences = (engine: SegmentEngine<PlainColumns>, after: number) =>
  engine.batches.entriesAfter(after, ALL)?.map(({ position }) => position.sequence);

describe("the log of batches", () => {
  it("counts batches that change something, and keeps its position over a restart", () => {
    const store = new MemoryStore();
    const engine = open(store);
    put(engine, 10);
    engine.batch(() => engine.delete("d10", 11));
    engine.batch(() => engine.delete("nobody", 12));
    expect(engine.batches.position).toEqual({ sequence: 2, clock: 11 });
    expect(open(store).batches.position).toEqual({ sequence: 2, clock: 11 });
    engine.batch(() => engine.flush());
    expect(open(store).batches.position).toEqual({ sequence: 2, clock: 11 });
  });

  it("tells each batch as it was decided, with the positions before and after it", () => {
    const engine = open(new MemoryStore(), 0);
    put(engine, 10);
    engine.batch(() => {
      engine.put(document("a", 11));
      engine.delete("d10", 12);
      engine.put(document("a", 13));
    });
    expect(engine.batches.entriesAfter(1, ALL)).toEqual([
      {
        after: { sequence: 1, clock: 10 },
        position: { sequence: 2, clock: 13 },
        operations: [
          { kind: "put", id: "a", version: 11, json: document("a", 11).json },
          { kind: "delete", id: "d10", version: 12 },
          { kind: "put", id: "a", version: 13, json: document("a", 13).json },
        ],
      },
    ]);
    expect(engine.batches.entriesAfter(2, ALL)).toEqual([]);
    expect(sequences(engine, 0)).toEqual([1, 2]);
    expect(engine.batches.entriesAfter(0, 1)).toHaveLength(1);
  });

  it("goes with a flush when nobody follows, and says that it no longer reaches back", () => {
    const store = new MemoryStore();
    const engine = open(store);
    put(engine, 10);
    put(engine, 11, true);
    expect(logRows(store)).toBe(0);
    put(engine, 12);
    expect(sequences(engine, 2)).toEqual([3]);
    expect(sequences(engine, 1)).toBeUndefined();
  });

  it("outlives flushes where others follow, from what they have confirmed on, and replays nothing twice", () => {
    const store = new MemoryStore();
    let engine = open(store, 0);
    for (let version = 1; version <= 6; version++) put(engine, version, version % 2 === 0);
    expect(sequences(engine, 0)).toEqual([1, 2, 3, 4, 5, 6]);
    engine = open(store, 3);
    expect(engine.documentCount()).toBe(6);
    expect(sequences(engine, 0)).toEqual([1, 2, 3, 4, 5, 6]);
    put(engine, 7, true);
    expect(sequences(engine, 3)).toEqual([4, 5, 6, 7]);
    expect(sequences(engine, 2)).toBeUndefined();
    expect(open(store, 3).documentCount()).toBe(7);
  });

  it("is whole for a batch in whose middle there was a flush, or not there at all", () => {
    for (const [keepLogAfter, expected] of [
      [0, [1, 2]],
      [undefined, undefined],
    ] as const) {
      const store = new MemoryStore();
      const engine = open(store, keepLogAfter);
      put(engine, 1);
      engine.batch(() => {
        engine.put(document("a", 2));
        engine.flush();
        engine.put(document("b", 3));
        engine.delete("a", 4);
      });
      expect(sequences(engine, 0)).toEqual(expected);
      if (expected !== undefined) {
        expect(engine.batches.entriesAfter(1, ALL)?.[0]?.operations).toHaveLength(3);
      }
      const again = open(store, keepLogAfter);
      expect([...again.documentsAfter("")].map(({ id }) => id)).toEqual(["b", "d1"]);
      expect(again.batches.position).toEqual({ sequence: 2, clock: 4 });
    }
  });

  it("has a batch of several rows as one", () => {
    const store = new MemoryStore();
    const engine = open(store, 0);
    engine.batch(() => {
      for (let n = 0; n < 3; n++) engine.put(document(`d${n}`, n + 1, "x".repeat(0.6 * ROW_BYTES_MAX)));
    });
    expect(logRows(store)).toBe(3);
    expect(engine.batches.entriesAfter(0, ALL)?.[0]?.operations.map(({ id }) => id)).toEqual([
      "d0",
      "d1",
      "d2",
    ]);
  });

  it("does not grow for as long as a replica is gone", () => {
    const store = new MemoryStore();
    const engine = open(store, 0);
    for (let version = 1; version <= 100; version++) put(engine, version, true);
    expect(logRows(store)).toBeLessThanOrEqual(LOG_FLUSHES_MAX);
    expect(sequences(engine, 50)).toBeUndefined();
    expect(sequences(engine, 95)).toEqual([96, 97, 98, 99, 100]);
  });

  it("treats a damaged row as one that is gone", () => {
    const store = new MemoryStore();
    const engine = open(store, 0);
    for (let version = 1; version <= 3; version++) put(engine, version, true);
    const key = store.keys(logKey(0), ALL)[1] ?? 0;
    store.rows.set(key, Uint8Array.of(1, 2, 3, 4, 5));
    expect(sequences(engine, 0)).toEqual([1]);
    expect(sequences(engine, 1)).toBeUndefined();
  });

  it("writes one row a batch, whether or not others follow", () => {
    for (const keepLogAfter of [undefined, 0]) {
      const store = new MemoryStore();
      const engine = open(store, keepLogAfter);
      put(engine, 1);
      const before = store.writes;
      for (let version = 2; version <= 11; version++) put(engine, version);
      expect(store.writes - before).toBe(10);
    }
  });
});

describe("a copy", () => {
  it("is at another's position with the documents up to an id, also after a restart, and then whole", () => {
    const store = new MemoryStore();
    beginCopy(store);
    let engine = open(store);
    expect(engine.copiedTo).toBe("");
    engine.copy(() => engine.put(document("a", 70)), { sequence: 7, clock: 75 }, "a");
    engine.copy(() => engine.put(document("b", 71)), { sequence: 7, clock: 75 }, "b");
    engine = open(store);
    expect(engine.copiedTo).toBe("b");
    expect(engine.batches.position).toEqual({ sequence: 7, clock: 75 });
    engine.copy(() => {}, { sequence: 8, clock: 80 }, undefined);
    engine = open(store);
    expect(engine.copiedTo).toBeUndefined();
    engine.batch(() => engine.put(document("c", 90)), { sequence: 9, clock: 90 });
    expect(open(store).batches.position).toEqual({ sequence: 9, clock: 90 });
    expect(open(store).documentCount()).toBe(3);
  });

  it("begins with nothing, whatever was there", () => {
    const store = new MemoryStore();
    put(open(store, 0), 1, true);
    store.rows.set(logKey(0), Uint8Array.of(1));
    beginCopy(store);
    expect(open(store).documentCount()).toBe(0);
    expect(open(store).copiedTo).toBe("");
    expect(logRows(store)).toBe(0);
  });
});
