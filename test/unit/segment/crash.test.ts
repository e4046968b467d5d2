import { describe, expect, it } from "vitest";
import type { Fields } from "../../../core/collection.ts";
import { BlobCache } from "../../../shard-workers/segment/cache.ts";
import { SegmentEngine } from "../../../shard-workers/segment/engine.ts";
import { searchSegments } from "../../../shard-workers/segment/search/search.ts";
import { segmentStatistics } from "../../../shard-workers/segment/search/statistics.ts";
import { BY_SCORE } from "../../../core/query/sort.ts";
import { Crash, MemoryStore } from "./memory-store.ts";
import { plainColumns, type PlainColumns } from "./plain-columns.ts";
import { Reference, type ReferenceDocument } from "./reference.ts";

const FIELDS: Fields = { body: { type: "text" }, n: { type: "number" } };
const PLAN = {
  clauses: [
    { occur: "should" as const, kind: "term" as const, fields: [{ field: "body", terms: ["common"] }] },
  ],
  searched: [{ field: "body", boost: 1 }],
};

function open(store: MemoryStore): SegmentEngine<PlainColumns> {
  const engine = new SegmentEngine(store, plainColumns, new BlobCache(1024 * 1024));
  engine.declare(FIELDS);
  return engine;
}

/** What an engine is doing: set before it begins, so that a crash tells what it was in. */
interface Doing {
  what: "batch" | "flush" | "merge" | "declaration" | "refresh";
}

/** Everything that an engine writes, one after another; each returns what it has to have done. */
function* scenario(
  engine: SegmentEngine<PlainColumns>,
  doing: Doing = { what: "batch" },
): Generator<(reference: Reference) => void> {
  let version = 1;
  const mergeStep = (): boolean => {
    doing.what = "merge";
    return engine.mergeStep().more;
  };
  const write = (ids: number[], deleted: number[], flush: boolean) => {
    const documents = ids.map((number) => {
      const value = { id: `d${number}`, body: `common word${number} again`, n: version };
      return { id: value.id, version: version++, json: JSON.stringify(value), value };
    });
    doing.what = flush ? "flush" : "batch";
    engine.batch(() => {
      for (const document of documents) engine.put(document);
      for (const number of deleted) engine.delete(`d${number}`);
      if (flush) engine.flush();
    });
    return (reference: Reference) => {
      for (const document of documents) reference.put(document);
      for (const number of deleted) reference.delete(`d${number}`);
    };
  };
  yield write([1, 2, 3], [], true);
  yield write([4, 5], [1], false);
  yield write([6], [2], true);
  yield write([7, 8, 9], [], true);
  yield write([3, 10], [], true);
  yield write([21, 22], [6], true);
  yield write([6, 23], [], true);
  yield write([11], [4], false);
  const nothing = (): void => {};
  // The first segments become one, while documents in them go, and come again.
  for (let round = 0; mergeStep(); round++) {
    yield nothing;
    yield write([12 + round, 5], [7 + round], false);
  }
  yield nothing;
  // A field more: what is in segments is indexed anew, while documents in them go, and come again.
  doing.what = "declaration";
  engine.declare({ ...FIELDS, title: { type: "text" } });
  yield nothing;
  for (let round = 0; engine.outdatedDocuments() > 0; round++) {
    yield write([30 + round, 5], [12 + round], round === 1);
    doing.what = "refresh";
    engine.mergeStep();
    yield nothing;
  }
  yield write([20], [12, 8], true);
  yield write([], [9, 10, 3], false);
  while (mergeStep()) yield nothing;
  yield nothing;
}

function check(engine: SegmentEngine<PlainColumns>, reference: Reference): void {
  const ids = [...reference.documents.keys()].toSorted();
  expect([...engine.documentsAfter("")].map(({ id }) => id)).toEqual(ids);
  for (const { id, version, json } of reference.documents.values()) {
    expect(engine.get(id)).toEqual({ id, version, json });
  }
  const statistics = reference.statistics(PLAN);
  expect(segmentStatistics(engine.searchables, PLAN)).toEqual(statistics);
  const plan = { ...PLAN, statistics, sort: [...BY_SCORE], limit: 100 };
  const { hits, total } = searchSegments(engine.searchables, { plan });
  const expected = reference.search(plan);
  expect(total).toBe(expected.total);
  expect(hits.map(({ id, score }) => [id, score])).toEqual(expected.hits.map(({ id, score }) => [id, score]));
}

/** Runs the scenario, counting what was answered; where it died, if it did. */
function run(store: MemoryStore, reference: Reference): string | undefined {
  const doing: Doing = { what: "batch" };
  try {
    const engine = open(store);
    for (const done of scenario(engine, doing)) done(reference);
    return undefined;
  } catch (error) {
    if (error instanceof Crash) return `${doing.what}: ${placeOf(error.at)}`;
    throw error;
  }
}

function placeOf(at: number | "commit"): string {
  if (at === "commit" || at === 0) return at === 0 ? "manifest" : at;
  if (at >= 2 ** 50) return "log";
  return at % 4096 === 4095 ? "deletions" : "segment";
}

describe("an engine that dies", () => {
  it("holds exactly what was answered, whichever write it died at", () => {
    const places = new Map<string, number>();
    for (let write = 0; ; write++) {
      const store = new MemoryStore();
      const reference = new Reference(FIELDS);
      store.crashAtWrite(write);
      const place = run(store, reference);
      store.crashAtWrite(Infinity);
      check(open(store), reference);
      if (place === undefined) break;
      places.set(place, (places.get(place) ?? 0) + 1);
    }
    // Without one of these the scenario does not write what it says.
    expect([...places.keys()].toSorted()).toEqual([
      "batch: commit",
      "batch: log",
      "batch: manifest",
      "declaration: commit",
      "declaration: manifest",
      "flush: commit",
      "flush: deletions",
      "flush: log",
      "flush: manifest",
      "flush: segment",
      "merge: commit",
      "merge: deletions",
      "merge: manifest",
      "merge: segment",
      "refresh: commit",
      "refresh: manifest",
      "refresh: segment",
    ]);
    expect(places.get("merge: commit")).toBeGreaterThan(5);
    expect(places.get("merge: segment")).toBeGreaterThan(10);
  });

  it("goes on when it was not the process that died, but the transaction", () => {
    for (let write = 0; ; write++) {
      const store = new MemoryStore();
      const reference = new Reference(FIELDS);
      const engine = open(store);
      store.crashAtWrite(write);
      let finished = true;
      try {
        for (const done of scenario(engine)) done(reference);
      } catch (error) {
        if (!(error instanceof Crash)) throw error;
        finished = false;
      }
      store.crashAtWrite(Infinity);
      check(engine, reference);
      engine.batch(() => engine.flush());
      while (engine.mergeStep().more);
      check(engine, reference);
      if (finished) return;
    }
  });

  it("leaves no rows of a segment that is no more", () => {
    const store = new MemoryStore();
    const reference = new Reference(FIELDS);
    expect(run(store, reference)).toBeUndefined();
    const engine = open(store);
    engine.batch(() => {
      for (const id of reference.documents.keys()) engine.delete(id);
      engine.flush();
    });
    while (engine.mergeStep().more);

    expect(engine.documentCount()).toBe(0);
    expect([...store.rows.keys()]).toEqual([0]);
  });
});

/** What fills rows of the log, and the live segment, soon: it is stored and not indexed. */
const padding = "x".repeat(600_000);

describe("a batch that is larger than a row of the log, or than the live segment", () => {
  const documents = (from: number, count: number): ReferenceDocument[] =>
    Array.from({ length: count }, (_, index) => {
      const value = { id: `d${from + index}`, body: `common word${from + index}`, n: from, padding };
      return { id: value.id, version: from + index, json: JSON.stringify(value), value };
    });
  const put = (engine: SegmentEngine<PlainColumns>, batch: ReferenceDocument[], fails = false): void => {
    engine.batch(() => {
      for (const document of batch) engine.put(document);
      engine.delete("d1");
      if (fails) throw new Error("the caller has thrown");
    });
  };
  const answered = (reference: Reference, batch: ReferenceDocument[]): void => {
    for (const document of batch) reference.put(document);
    reference.delete("d1");
  };
  const logRows = (store: MemoryStore): number => store.keys(2 ** 50, Number.MAX_SAFE_INTEGER).length;
  const segments = (store: MemoryStore): number =>
    new Set(store.keys(4096, 2 ** 50).map((key) => Math.floor(key / 4096))).size;

  it("takes several rows of the log, and is read from them", () => {
    const store = new MemoryStore();
    const reference = new Reference(FIELDS);
    put(open(store), documents(1, 4));
    answered(reference, documents(1, 4));

    expect(logRows(store)).toBe(4);
    check(open(store), reference);
  });

  it("flushes on its way, and is whole", () => {
    const store = new MemoryStore();
    const reference = new Reference(FIELDS);
    const engine = open(store);
    put(engine, documents(1, 10));
    answered(reference, documents(1, 10));

    expect(segments(store)).toBe(1);
    expect(logRows(store)).toBeGreaterThan(0);
    check(engine, reference);
    check(open(store), reference);
  });

  it("leaves nothing behind when it fails after it has flushed", () => {
    const store = new MemoryStore();
    const reference = new Reference(FIELDS);
    const engine = open(store);
    put(engine, documents(1, 3));
    answered(reference, documents(1, 3));
    const rows = [...store.rows.keys()];

    expect(() => put(engine, documents(2, 17), true)).toThrow("the caller has thrown");
    expect([...store.rows.keys()]).toEqual(rows);
    check(engine, reference);
    check(open(store), reference);
    put(engine, documents(2, 17));
    answered(reference, documents(2, 17));
    check(engine, reference);
    check(open(store), reference);
  });

  it("is there whole or not at all, whichever write it died at", () => {
    let crashes = 0;
    for (let write = 0; ; write++) {
      const store = new MemoryStore();
      const reference = new Reference(FIELDS);
      put(open(store), documents(1, 2));
      answered(reference, documents(1, 2));
      const engine = open(store);
      store.crashAtWrite(write);
      let finished = true;
      try {
        put(engine, documents(2, 9));
      } catch (error) {
        if (!(error instanceof Crash)) throw error;
        finished = false;
      }
      store.crashAtWrite(Infinity);
      if (finished) answered(reference, documents(2, 9));
      check(engine, reference);
      check(open(store), reference);
      if (finished) break;
      crashes += 1;
    }
    expect(crashes).toBeGreaterThan(8);
  });
});
