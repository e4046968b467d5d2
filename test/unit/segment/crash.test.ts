import { describe, expect, it } from "vitest";
import type { Fields } from "../../../core/collection.ts";
import { BlobCache } from "../../../shard-workers/segment/cache.ts";
import { SegmentEngine } from "../../../shard-workers/segment/engine.ts";
import { searchSegments } from "../../../shard-workers/segment/search/search.ts";
import { segmentStatistics } from "../../../shard-workers/segment/search/statistics.ts";
import { BY_SCORE } from "../../../core/query/sort.ts";
import { Crash, MemoryStore } from "./memory-store.ts";
import { plainColumns, type PlainColumns } from "./plain-columns.ts";
import { Reference } from "./reference.ts";

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

/** Everything that an engine writes, one after another; each returns what it has to have done. */
function* scenario(engine: SegmentEngine<PlainColumns>): Generator<(reference: Reference) => void> {
  let version = 1;
  const write = (ids: number[], deleted: number[], flush: boolean) => {
    const documents = ids.map((number) => {
      const value = { id: `d${number}`, body: `common word${number} again`, n: version };
      return { id: value.id, version: version++, json: JSON.stringify(value), value };
    });
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
  for (let round = 0; engine.mergeStep().more; round++) {
    yield nothing;
    yield write([12 + round, 5], [7 + round], false);
  }
  yield nothing;
  // A field more: what is in segments is indexed anew, while documents in them go, and come again.
  engine.declare({ ...FIELDS, title: { type: "text" } });
  yield nothing;
  for (let round = 0; engine.outdatedDocuments() > 0; round++) {
    yield write([30 + round, 5], [12 + round], round === 1);
    engine.mergeStep();
    yield nothing;
  }
  yield write([20], [12, 8], true);
  yield write([], [9, 10, 3], false);
  while (engine.mergeStep().more) yield nothing;
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

/** Runs the scenario, counting what was answered; whether it got to its end. */
function run(store: MemoryStore, reference: Reference): boolean {
  try {
    const engine = open(store);
    for (const done of scenario(engine)) done(reference);
    return true;
  } catch (error) {
    if (error instanceof Crash) return false;
    throw error;
  }
}

describe("an engine that dies", () => {
  it("holds exactly what was answered, whichever write it died at", () => {
    let crashes = 0;
    for (let write = 0; ; write++) {
      const store = new MemoryStore();
      const reference = new Reference(FIELDS);
      store.crashAtWrite(write);
      const finished = run(store, reference);
      store.crashAtWrite(Infinity);
      check(open(store), reference);
      if (finished) break;
      crashes += 1;
    }
    // Fewer, and the scenario does not write what it says.
    expect(crashes).toBeGreaterThan(90);
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
    expect(run(store, reference)).toBe(true);
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
