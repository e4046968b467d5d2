/**
 * FTS5 as an oracle of what matches. Both sides get ASCII words and a field without a language, where both take the same
 * for a word: SQLite's `unicode61` and core/analysis lower-case and do nothing more.
 */
import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import type { Fields } from "../../../core/collection.ts";
import { parseQuery } from "../../../core/query/parse-query.ts";
import { BlobCache } from "../../../shard-workers/segment/cache.ts";
import { SegmentEngine } from "../../../shard-workers/segment/engine.ts";
import { searchSegments } from "../../../shard-workers/segment/search/search.ts";
import { segmentStatistics } from "../../../shard-workers/segment/search/statistics.ts";
import { MemoryStore } from "./memory-store.ts";
import { plainColumns, type PlainColumns } from "./plain-columns.ts";

const FIELDS: Fields = { title: { type: "text" }, body: { type: "text" } };

/** Few words, so that documents share them; some begin alike. */
const WORDS = ["a", "ab", "abc", "b", "ba", "bab", "c", "42", "4", "the", "then", "Zed"];
const word = fc.constantFrom(...WORDS);
const text = fc
  .array(fc.tuple(word, fc.constantFrom(" ", ", ", " - ", ".", "\n", "/")), { maxLength: 14 })
  .map((parts) => parts.flat().join(""));

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("put" as const),
      id: fc.integer({ min: 1, max: 25 }),
      title: text,
      body: text,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("delete" as const), id: fc.integer({ min: 1, max: 25 }) }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: "flush" as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: "merge" as const }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** A part of a query in both languages. */
interface Part {
  q: string;
  match: string;
}

const field = fc.constantFrom("", "", "title", "body");
const part = fc
  .record({ field, words: fc.array(word, { minLength: 1, maxLength: 3 }), form: fc.nat(2) })
  .map(({ field: name, words, form }): Part => {
    const own = name === "" ? "" : `${name}:`;
    const column = name === "" ? "" : `${name} : `;
    const [first = ""] = words;
    if (form === 0) return { q: `${own}${first}`, match: `${column}"${first}"` };
    if (form === 1) return { q: `${own}"${words.join(" ")}"`, match: `${column}"${words.join(" ")}"` };
    return { q: `${own}${first}*`, match: `${column}"${first}" *` };
  });

/** What must be there, what may, and what must not, as both say it. */
const query = fc
  .record({
    musts: fc.array(part, { maxLength: 2 }),
    shoulds: fc.array(part, { minLength: 1, maxLength: 3 }),
    nots: fc.array(part, { maxLength: 2 }),
  })
  .map(({ musts, shoulds, nots }) => {
    const wanted = musts.length > 0 ? all(musts) : any(shoulds);
    return {
      q: [
        ...musts.map(({ q }) => `+${q}`),
        ...shoulds.map(({ q }) => q),
        ...nots.map(({ q }) => `-${q}`),
      ].join(" "),
      match: nots.length > 0 ? `(${wanted}) NOT (${any(nots)})` : wanted,
    };
  });
const all = (parts: readonly Part[]): string => parts.map(({ match }) => `(${match})`).join(" AND ");
const any = (parts: readonly Part[]): string => parts.map(({ match }) => `(${match})`).join(" OR ");

const database = new DatabaseSync(":memory:");
database.exec("CREATE VIRTUAL TABLE documents USING fts5(title, body, tokenize = 'unicode61')");
const insert = database.prepare("INSERT OR REPLACE INTO documents (rowid, title, body) VALUES (?, ?, ?)");
const remove = database.prepare("DELETE FROM documents WHERE rowid = ?");
const matching = database.prepare("SELECT rowid AS id FROM documents WHERE documents MATCH ?");

beforeEach(() => database.exec("DELETE FROM documents"));
afterAll(() => database.close());

class Sides {
  private readonly engine = new SegmentEngine(new MemoryStore(), plainColumns, new BlobCache(64 * 1024));
  private version = 1;

  constructor() {
    database.exec("DELETE FROM documents");
    this.engine.declare(FIELDS);
  }

  run(next: Step): void {
    if (next.kind === "flush") this.engine.batch(() => this.engine.flush());
    else if (next.kind === "merge") this.engine.mergeStep();
    else if (next.kind === "delete") {
      this.engine.batch(() => this.engine.delete(String(next.id)));
      remove.run(next.id);
    } else {
      const value = { id: String(next.id), title: next.title, body: next.body };
      this.engine.batch(() =>
        this.engine.put({ id: value.id, version: this.version++, json: JSON.stringify(value), value }),
      );
      insert.run(next.id, next.title, next.body);
    }
  }

  engineIds(q: string, operator: "or" | "and" = "or"): number[] {
    return idsOf(this.engine, q, operator);
  }
}

function idsOf(engine: SegmentEngine<PlainColumns>, q: string, operator: "or" | "and"): number[] {
  const searched = Object.keys(FIELDS);
  const parsed = parseQuery(q, { fields: FIELDS, searched, operator });
  if (!parsed.ok) throw new Error(parsed.message);
  const match = { clauses: parsed.clauses, searched: searched.map((name) => ({ field: name })) };
  const statistics = segmentStatistics(engine.searchables, match);
  const { hits, total } = searchSegments(engine.searchables, {
    plan: { ...match, statistics, sort: [{ field: "_score", descending: true }], limit: 100 },
  });
  expect(total).toBe(hits.length);
  return hits.map(({ id }) => Number(id)).toSorted((a, b) => a - b);
}

function ftsIds(match: string): number[] {
  return matching
    .all(match)
    .map(({ id }) => Number(id))
    .toSorted((a, b) => a - b);
}

describe("the documents that match", () => {
  it("are those that FTS5 finds: words, phrases, prefixes, fields, with + and -", () => {
    fc.assert(
      fc.property(
        fc.array(step, { minLength: 5, maxLength: 40 }),
        fc.array(query, { minLength: 1, maxLength: 8 }),
        (steps, queries) => {
          const sides = new Sides();
          for (const next of steps) sides.run(next);
          for (const { q, match } of queries) {
            expect({ q, ids: sides.engineIds(q) }).toEqual({ q, ids: ftsIds(match) });
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  it("are those that FTS5 finds for all words under `and`", () => {
    fc.assert(
      fc.property(
        fc.array(step, { minLength: 5, maxLength: 40 }),
        fc.array(part, { minLength: 1, maxLength: 4 }),
        (steps, parts) => {
          const sides = new Sides();
          for (const next of steps) sides.run(next);
          const q = parts.map((one) => one.q).join(" ");
          expect({ q, ids: sides.engineIds(q, "and") }).toEqual({ q, ids: ftsIds(all(parts)) });
        },
      ),
      { numRuns: 100 },
    );
  });
});
