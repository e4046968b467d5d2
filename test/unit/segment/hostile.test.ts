import { describe, expect, it } from "vitest";
import type { Fields } from "../../../core/collection.ts";
import { parseQuery } from "../../../core/query/parse-query.ts";
import { BY_SCORE } from "../../../core/query/sort.ts";
import { BlobCache } from "../../../shard-workers/segment/cache.ts";
import { SegmentEngine } from "../../../shard-workers/segment/engine.ts";
import { searchSegments } from "../../../shard-workers/segment/search/search.ts";
import { segmentStatistics } from "../../../shard-workers/segment/search/statistics.ts";
import { MemoryStore } from "./memory-store.ts";
import { plainColumns, type PlainColumns } from "./plain-columns.ts";

const FIELDS: Fields = { body: { type: "text" } };

function engineWith(texts: unknown[]): SegmentEngine<PlainColumns> {
  const engine = new SegmentEngine(new MemoryStore(), plainColumns, new BlobCache(1024 * 1024));
  engine.declare(FIELDS);
  engine.batch(() =>
    texts.forEach((body, index) => {
      const value = { id: `d${index}`, body };
      engine.put({ id: value.id, version: index + 1, json: JSON.stringify(value), value });
    }),
  );
  return engine;
}

function find(engine: SegmentEngine<PlainColumns>, q: string): string[] {
  const parsed = parseQuery(q, { fields: FIELDS, searched: ["body"], operator: "or" });
  if (!parsed.ok) throw new Error(parsed.message);
  const match = { clauses: parsed.clauses, searched: [{ field: "body", boost: 1 }] };
  const statistics = segmentStatistics(engine.searchables, match);
  const { hits } = searchSegments(engine.searchables, {
    plan: { ...match, statistics, sort: [...BY_SCORE], limit: 10 },
  });
  return hits.map(({ id }) => id);
}

/** Looked for while it is live, and again when it is written out. */
function expectFound(texts: unknown[], q: string, ids: string[]): void {
  const engine = engineWith(texts);
  expect(find(engine, q)).toEqual(ids);
  const stored = texts.map((_, index) => engine.get(`d${index}`)?.json);
  engine.batch(() => engine.flush());
  expect(find(engine, q)).toEqual(ids);
  expect(texts.map((_, index) => engine.get(`d${index}`)?.json)).toEqual(stored);
}

describe("texts that nobody expects", () => {
  it.each([
    ["Chinese", "我們在東京大學學習搜尋引擎", "東京"],
    ["Arabic", "كتاب عن محركات البحث", "كتاب"],
    ["Hindi", "खोज इंजन की किताब", "किताब"],
    ["emoji", "I 😀 search 👩‍👩‍👧", "😀"],
    ["full-width letters", "ｓｅａｒｃｈ", "search"],
  ])("are found in %s", (_, text, q) => expectFound(["nothing here", text], q, ["d1"]));

  it("are kept and found with nul characters, lone surrogates and byte order marks", () => {
    expectFound(["\u0000word\u0000", "\ud800word \udc00", "\ufeffword", "wo\u0000rd"], "word", [
      "d0",
      "d1",
      "d2",
    ]);
  });

  it("are found by the beginning of a word of a million characters", () => {
    expectFound(["x".repeat(1_000_000), "short"], "x".repeat(1000), ["d0"]);
  });

  it("count every occurrence of a word that is a whole document", () => {
    const engine = engineWith([Array.from({ length: 170_000 }, () => "again").join(" "), "again and again"]);
    const match = {
      clauses: [
        {
          occur: "should" as const,
          kind: "phrase" as const,
          fields: [{ field: "body", terms: ["again", "and", "again"] }],
        },
      ],
      searched: [{ field: "body", boost: 1 }],
    };
    engine.batch(() => engine.flush());

    expect(segmentStatistics(engine.searchables, match)).toEqual({
      documents: 2,
      fields: [{ documents: 2, length: 170_003 }],
      frequencies: [1],
    });
    expect(find(engine, "again").toSorted()).toEqual(["d0", "d1"]);
  });

  it("have terms that compatibility forms make eighteen times as long", () => {
    expectFound(["\ufdfa".repeat(60), "short"], "\ufdfa".repeat(60), ["d0"]);
  });

  it("are arrays in arrays, of other things too", () => {
    expectFound([[["deep", [["deeper"]]], 7, null, { no: "text" }], "shallow"], "deeper", ["d0"]);
  });

  it("are many: 20,000 different words in a document", () => {
    const words = Array.from({ length: 20_000 }, (_, index) => `u${index}`);
    expectFound([words.join(" "), "u7"], "u19999", ["d0"]);
  });

  it("do not hold up their neighbours when one can't be indexed", () => {
    const engine = engineWith(["good"]);
    engine.batch(() => {
      // A text whose reading throws, as a getter of a foreign object may.
      const value = {
        id: "bad",
        get body(): string {
          throw new Error("unreadable");
        },
      };
      expect(() => engine.put({ id: "bad", version: 2, json: "{}", value })).toThrow("unreadable");
      engine.put({
        id: "d9",
        version: 3,
        json: '{"id":"d9","body":"good"}',
        value: { id: "d9", body: "good" },
      });
    });

    expect(find(engine, "good")).toEqual(["d0", "d9"]);
    expect(engine.get("bad")).toBeUndefined();
  });
});

describe("phrases", () => {
  const texts = [
    ["one two", "three"],
    "one two three",
    "two one three",
    ["one", "two three one two"],
    ["one", "", "two"],
  ];

  it("do not reach from one value of a field into the next", () => {
    expectFound(texts, '"two three"', ["d1", "d3"]);
    expectFound(texts, '"one two three"', ["d1"]);
  });

  it("count as often as they occur", () => {
    const engine = engineWith(["one two one two one two", "one two"]);
    expect(find(engine, '"one two"')).toEqual(["d0", "d1"]);
    expect(find(engine, '"two one two one"')).toEqual(["d0"]);
  });
});
