import { describe, expect, it } from "vitest";
import type { Fields } from "../../../core/collection.ts";
import { parseQuery } from "../../../core/query/parse-query.ts";
import { BY_SCORE } from "../../../core/query/sort.ts";
import { BlobCache } from "../../../shard-workers/segment/cache.ts";
import { SegmentEngine } from "../../../shard-workers/segment/engine.ts";
import { searchSegments } from "../../../shard-workers/segment/search/search.ts";
import { segmentStatistics } from "../../../shard-workers/segment/search/statistics.ts";
import { CorruptError, partOf } from "../../../shard-workers/segment/store.ts";
import { MemoryStore } from "./memory-store.ts";
import { plainColumns, type PlainColumns } from "./plain-columns.ts";

const FIELDS: Fields = { body: { type: "text" } };

function open(store: MemoryStore): SegmentEngine<PlainColumns> {
  const engine = new SegmentEngine(store, plainColumns, new BlobCache(1024 * 1024));
  engine.declare(FIELDS);
  return engine;
}

/** A store with two segments, deletions in one, and a log. */
function written(): MemoryStore {
  const store = new MemoryStore();
  const engine = open(store);
  const put = (from: number, to: number): void => {
    for (let number = from; number < to; number++) {
      const value = { id: `d${number}`, body: `word again word${number % 7}` };
      engine.put({ id: value.id, version: number + 1, json: JSON.stringify(value), value });
    }
  };
  engine.batch(() => {
    put(0, 300);
    engine.flush();
  });
  engine.batch(() => {
    put(300, 500);
    engine.delete("d1");
    engine.flush();
  });
  engine.batch(() => put(500, 510));
  return store;
}

/** Everything that reads: statistics, a search, a phrase, all documents. */
function readAll(engine: SegmentEngine<PlainColumns>): unknown {
  const parsed = parseQuery('word "word again" word3', {
    fields: FIELDS,
    searched: ["body"],
    operator: "or",
  });
  if (!parsed.ok) throw new Error(parsed.message);
  const match = { clauses: parsed.clauses, searched: [{ field: "body", boost: 1 }] };
  const statistics = segmentStatistics(engine.searchables, match);
  const { hits, total } = searchSegments(engine.searchables, {
    plan: { ...match, statistics, sort: [...BY_SCORE], limit: 20 },
  });
  return {
    statistics,
    total,
    hits: hits.map(({ id, score }) => [id, score]),
    documents: [...engine.documentsAfter("")],
  };
}

/** The error of a store whose row was changed, or what was read, if it made no difference. */
function readDamaged(store: MemoryStore): unknown {
  try {
    return readAll(open(store));
  } catch (error) {
    return error;
  }
}

describe("a store with a damaged row", () => {
  const sound = readAll(open(written()));
  const keys = [...written().rows.keys()];

  it.each(keys)("names what is corrupt, and answers nothing wrong (row %i)", (key) => {
    const length = written().rows.get(key)?.length ?? 0;
    for (let at = 0; at < length; at += Math.max(1, Math.floor(length / 40))) {
      const store = written();
      const row = store.rows.get(key);
      if (row !== undefined) row[at] = (row[at] ?? 0) ^ 0x10;
      const outcome = readDamaged(store);

      expect(outcome).toBeInstanceOf(CorruptError);
      expect((outcome as CorruptError).part).toBe(partOf(key));
    }
  });

  it.each(keys.filter((key) => key > 0 && key < 2 ** 50 && key % 4096 !== 4095))(
    "notices a row of a segment that is cut off or missing (row %i)",
    (key) => {
      const cut = written();
      cut.rows.set(key, (cut.rows.get(key) ?? new Uint8Array(0)).slice(0, -9));
      expect(readDamaged(cut)).toMatchObject({ part: partOf(key) });

      const missing = written();
      missing.rows.delete(key);
      expect(readDamaged(missing)).toMatchObject({ part: partOf(key) });
    },
  );

  it("notices a row that stands in another's place", () => {
    const store = written();
    const [first = new Uint8Array(0), second = new Uint8Array(0)] = [
      store.rows.get(4096 + 1),
      store.rows.get(2 * 4096 + 1),
    ];
    store.rows.set(4096 + 1, second);
    store.rows.set(2 * 4096 + 1, first);

    expect(readDamaged(store)).toBeInstanceOf(CorruptError);
  });

  it("answers from the segments that are sound once the corrupt row is back", () => {
    const store = written();
    const engine = open(store);
    const good = store.rows.get(4096 + 1)?.slice() ?? new Uint8Array(0);
    store.rows.get(4096 + 1)?.fill(0);
    expect(() => readAll(engine)).toThrow("corrupt: segment 1");

    store.rows.set(4096 + 1, good);
    expect(readAll(engine)).toEqual(sound);
  });
});
