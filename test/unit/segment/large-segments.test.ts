import { beforeAll, describe, expect, it } from "vitest";
import type { Fields } from "../../../core/collection.ts";
import { parseQuery } from "../../../core/query/parse-query.ts";
import { BY_SCORE } from "../../../core/query/sort.ts";
import { BlobCache } from "../../../shard-workers/segment/cache.ts";
import { SegmentEngine } from "../../../shard-workers/segment/engine.ts";
import { MERGE_FACTOR } from "../../../shard-workers/segment/limits.ts";
import { searchSegments } from "../../../shard-workers/segment/search/search.ts";
import { segmentStatistics } from "../../../shard-workers/segment/search/statistics.ts";
import { MemoryStore } from "./memory-store.ts";
import { plainColumns, type PlainColumns } from "./plain-columns.ts";
import { Reference } from "./reference.ts";

const FIELDS: Fields = { title: { type: "text" }, body: { type: "text" } };

/** Words from "w0", in nearly every document, to ones that are in a few; the same at every run. */
function* numbers(seed: number): Generator<number> {
  for (let state = seed; ;) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    yield state / 2 ** 32;
  }
}

const random = numbers(7);
const draw = (): number => Number(random.next().value);
const word = (): string => `w${Math.floor(60 * draw() ** 4)}`;
const text = (words: number): string => Array.from({ length: words }, word).join(" ");

const store = new MemoryStore();
const reference = new Reference(FIELDS);
let engine: SegmentEngine<PlainColumns>;

function put(from: number, to: number): void {
  engine.batch(() => {
    for (let number = from; number < to; number++) {
      // Ids whose order is not that of their documents.
      const value = {
        id: `d${(number * 7919) % 10_007}`,
        title: text(1 + Math.floor(3 * draw())),
        body: text(Math.floor(25 * draw())),
      };
      const document = { id: value.id, version: number + 1, json: JSON.stringify(value), value };
      engine.put(document);
      reference.put(document);
    }
  });
}

function remove(share: number): void {
  engine.batch(() => {
    for (const id of reference.documents.keys()) {
      if (draw() >= share) continue;
      engine.delete(id);
      reference.delete(id);
    }
  });
}

const QUERIES = [
  "w0",
  "w1",
  "w5",
  "w20",
  "w59",
  "w0 w1",
  "w0 w1 w2",
  "w3 w9 w27",
  "+w0 +w40",
  "+w50 w0 w1",
  "w0 -w1",
  "-w0",
  "+w0 -w2 w7",
  '"w0 w0"',
  '"w0 w1"',
  '"w1 w0 w2"',
  '-"w0 w0"',
  "w1*",
  "+w* -w3",
  "title:w0",
  "title:w0 body:w1",
  '+title:w1 "w0 w3"',
  "absent",
  "",
  "w0 absent",
];

function shown(hits: readonly { id: string; score: number }[]): { hits: [string, number][] } {
  return { hits: hits.map(({ id, score }) => [id, score]) };
}

function expectSameAnswers(): void {
  const segments = engine.searchables;
  for (const q of QUERIES) {
    for (const searched of [["body"], ["title", "body"]]) {
      const parsed = parseQuery(q, { fields: FIELDS, searched, operator: "or" });
      if (!parsed.ok) throw new Error(parsed.message);
      const match = {
        clauses: parsed.clauses,
        searched: searched.map((field) => ({ field, boost: field === "title" ? 2 : 1 })),
      };
      const statistics = segmentStatistics(segments, match);
      expect({ q, statistics }).toEqual({ q, statistics: reference.statistics(match) });
      for (const limit of [1, 10, 300]) {
        const plan = { ...match, statistics, sort: [...BY_SCORE], limit };
        const expected = reference.search(plan);
        const { hits, total, nextScore } = searchSegments(segments, { plan });
        expect({ q, ...shown(hits), total, next: nextScore }).toEqual({
          q,
          ...shown(expected.hits),
          total: expected.total,
          next: expected.next?.score,
        });
      }
    }
  }
}

describe("segments whose common terms have many blocks", () => {
  beforeAll(() => {
    engine = new SegmentEngine(store, plainColumns, new BlobCache(4 * 1024 * 1024));
    engine.declare(FIELDS);
  });

  it("answer as the reference does while they are live", () => {
    put(0, 1500);
    expectSameAnswers();
  });

  it("answer so when they are written out", () => {
    engine.batch(() => engine.flush());
    expectSameAnswers();
  });

  it("answer so when documents in them were deleted or written again", () => {
    remove(0.1);
    put(1200, 1800);
    expectSameAnswers();
  });

  it("answer so when they are merged, in steps, while writes go on", () => {
    for (let round = 0; round < MERGE_FACTOR; round++) {
      put(2000 + 180 * round, 2180 + 180 * round);
      engine.batch(() => engine.flush());
    }
    const before = engine.searchables.length;
    while (engine.mergeStep().more) remove(0.002);
    expect(engine.searchables.length).toBeLessThan(before);
    expectSameAnswers();
  });

  it("answer so when the leaf wakes up", () => {
    put(100, 200);
    remove(0.05);
    engine = new SegmentEngine(store, plainColumns, new BlobCache(4 * 1024 * 1024));
    engine.declare(FIELDS);
    expectSameAnswers();
    expect([...engine.documentsAfter("")].map(({ id, json }) => [id, json])).toEqual(
      [...reference.documents.values()]
        .map(({ id, json }) => [id, json])
        .toSorted(([a = ""], [b = ""]) => (a < b ? -1 : 1)),
    );
  });

  it("are indexed anew when the fields are declared otherwise, and served all the while", () => {
    const [sought = ""] = reference.documents.keys();
    engine.declare({ ...FIELDS, id: { type: "text" } });
    const ids = {
      clauses: [
        { occur: "should" as const, kind: "term" as const, fields: [{ field: "id", terms: [sought] }] },
      ],
      searched: [{ field: "id", boost: 1 }],
    };

    expect(engine.outdatedDocuments()).toBeGreaterThan(0);
    expectSameAnswers();
    let steps = 0;
    while (engine.mergeStep().more) steps += 1;
    expect(steps).toBeGreaterThan(1);
    expect(engine.outdatedDocuments()).toBe(0);
    expect(segmentStatistics(engine.searchables, ids)).toMatchObject({
      documents: reference.documents.size,
      frequencies: [1],
    });
    expectSameAnswers();
  });
});
