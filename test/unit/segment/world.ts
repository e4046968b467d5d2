/** An engine and its reference side by side: random steps for both, and questions that both must answer alike. */
/* oxlint-disable vitest/no-standalone-expect -- all of this is called by tests */
import fc from "fast-check";
import { expect } from "vitest";
import type { Fields } from "../../../core/collection.ts";
import type { Statistics } from "../../../core/contracts/search.ts";
import { Scorer } from "../../../core/query/bm25.ts";
import { componentsScore } from "../../../core/query/components.ts";
import { parseQuery } from "../../../core/query/parse-query.ts";
import { BY_SCORE, type SortKey } from "../../../core/query/sort.ts";
import { BlobCache } from "../../../shard-workers/segment/cache.ts";
import { SegmentEngine } from "../../../shard-workers/segment/engine.ts";
import { componentsOf } from "../../../shard-workers/segment/search/components.ts";
import { searchSegments } from "../../../shard-workers/segment/search/search.ts";
import { segmentStatistics } from "../../../shard-workers/segment/search/statistics.ts";
import { Crash, MemoryStore } from "./memory-store.ts";
import { evenNumbers, plainColumns, type PlainColumns } from "./plain-columns.ts";
import { Reference } from "./reference.ts";

const FIELDS: Fields = {
  title: { type: "text" },
  body: { type: "text", language: "english" },
  n: { type: "number" },
};

/** Few words, so that documents share them; some begin alike, some need folding or more than a byte. */
const WORDS = ["a", "a", "b", "ab", "abc", "b", "ba", "running", "runs", "Élan", "東京", "😀", "zz", "don't"];
const word = fc.constantFrom(...WORDS);
const text = fc.array(word, { maxLength: 12 }).map((words) => words.join(" "));
const content = fc.record({
  title: fc.oneof(text, fc.array(text, { maxLength: 3 }), fc.constant(null)),
  body: text,
  n: fc.integer({ min: 0, max: 4 }),
});
const id = fc
  .integer({ min: 0, max: 14 })
  .map((number) => ["x", "é", "\u{1f600}"][number % 3] + String(number));

const operation = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("put" as const), id, content }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("delete" as const), id }) },
  // As a full live segment does by itself, in the middle of a batch.
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("flush" as const) }) },
);
type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never;

export const anyStep = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("batch" as const),
      operations: fc.array(operation, { maxLength: 8 }),
      // The caller throws at its end.
      fails: fc.constantFrom(false, false, false, true),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("flush" as const) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("merge" as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("reopen" as const) }) },
);

const part = fc
  .tuple(
    fc.constantFrom("", "", "+", "-"),
    fc.constantFrom("", "", "title:", "body:"),
    fc.array(word, { minLength: 1, maxLength: 3 }),
    fc.nat(2),
  )
  .map(([sign, field, words, form]) => {
    if (form === 0) return `${sign}${field}${words[0] ?? ""}`;
    return form === 1 ? `${sign}${field}"${words.join(" ")}"` : `${sign}${field}${words[0] ?? ""}*`;
  });
/** A step, and at which of its writes the process, or the transaction, ends. */
export const anyFault = fc.record({
  step: anyStep,
  write: fc.option(fc.nat(8), { nil: undefined, freq: 3 }),
  reopened: fc.boolean(),
});

export const anyQuery = fc.record({
  q: fc.array(part, { maxLength: 4 }).map((parts) => parts.join(" ")),
  operator: fc.constantFrom("or" as const, "and" as const),
  searched: fc.constantFrom(["title", "body"], ["body", "title"], ["body"]),
  limit: fc.integer({ min: 1, max: 12 }),
  order: fc.constantFrom<SortKey[]>(
    [...BY_SCORE],
    [...BY_SCORE],
    [{ field: "n", descending: true }],
    [
      { field: "n", descending: false },
      { field: "_score", descending: true },
    ],
    [{ field: "id", descending: true }],
  ),
  filtered: fc.boolean(),
  boosts: fc.constantFrom([1, 1], [2, 0.5], []),
  paged: fc.boolean(),
  foreign: fc.boolean(),
});

/** A leaf is given the whole collection's statistics: its own and others'. */
function withOthers(own: Statistics): Statistics {
  return {
    documents: own.documents + 100,
    fields: own.fields.map(({ documents, length }, index) => ({
      documents: documents + 70,
      length: length + 400 + index,
    })),
    frequencies: own.frequencies.map((frequency, index) => frequency + 3 * index),
  };
}

type Step = typeof anyStep extends fc.Arbitrary<infer T> ? T : never;
type Fault = typeof anyFault extends fc.Arbitrary<infer T> ? T : never;
type Query = typeof anyQuery extends fc.Arbitrary<infer T> ? T : never;

export class World {
  readonly store = new MemoryStore();
  readonly reference = new Reference(FIELDS);
  engine = this.open();
  private version = 1_700_000_000_000 * 1024;

  open(): SegmentEngine<PlainColumns> {
    // A cache that holds next to nothing: everything is read anew, and nothing relies on what it read before.
    const engine = new SegmentEngine(this.store, plainColumns, new BlobCache(4 * 1024));
    engine.declare(FIELDS);
    return engine;
  }

  run(next: Step): void {
    if (next.kind === "flush") this.engine.batch(() => this.engine.flush());
    else if (next.kind === "merge") this.engine.mergeStep();
    else if (next.kind === "reopen") this.engine = this.open();
    else this.batch(next.operations, next.fails);
  }

  /** Runs a step whose n-th write fails, if it has so many: it has happened whole, or not at all. */
  runWithFault({ step, write, reopened }: Fault): void {
    this.store.crashAtWrite(write ?? Infinity);
    try {
      this.run(step);
    } catch (error) {
      if (!(error instanceof Crash)) throw error;
    }
    this.store.crashAtWrite(Infinity);
    if (reopened) this.engine = this.open();
  }

  /** The reference hears of what was answered. */
  private batch(operations: readonly Operation[], fails: boolean): void {
    const answered: (() => void)[] = [];
    const failure = new Error("the caller has thrown");
    const there = new Set(this.reference.documents.keys());
    try {
      this.engine.batch(() => {
        for (const change of operations) {
          if (change.kind === "flush") this.engine.flush();
          else if (change.kind === "delete") {
            expect(this.engine.delete(change.id)).toBe(there.delete(change.id));
            answered.push(() => this.reference.delete(change.id));
          } else {
            const value = { id: change.id, ...change.content };
            const document = { id: change.id, version: this.version++, json: JSON.stringify(value), value };
            this.engine.put(document);
            there.add(change.id);
            answered.push(() => {
              this.reference.put(document);
            });
          }
        }
        if (fails) throw failure;
      });
    } catch (error) {
      if (error === failure) return;
      throw error;
    }
    for (const apply of answered) apply();
  }

  check({ q, operator, searched, limit, order, filtered, boosts, paged, foreign }: Query): void {
    const parsed = parseQuery(q, { fields: FIELDS, searched, operator });
    if (!parsed.ok) throw new Error(parsed.message);
    const match = {
      clauses: parsed.clauses,
      searched: searched.map((field, index) => {
        const boost = boosts[index];
        return boost === undefined ? { field } : { field, boost };
      }),
    };
    const own = this.reference.statistics(match);
    const segments = this.engine.searchables;
    expect(segmentStatistics(segments, match)).toEqual(own);

    const plan = { ...match, statistics: foreign ? withOthers(own) : own, sort: order, limit };
    const filter = (value: { n?: unknown }) => !filtered || Number(value.n ?? 0) % 2 === 0;
    const collected: string[] = [];
    const run = (
      wanted: typeof plan & { after?: { sort: (string | number | boolean | null)[]; id: string } },
    ) =>
      searchSegments(segments, {
        plan: wanted,
        ownStatistics: true,
        ...(filtered ? evenNumbers : {}),
        ...(paged
          ? {
              collect: (segment, bits) => {
                for (let ordinal = 0; ordinal < segment.documents; ordinal++) {
                  if (((bits[ordinal >>> 5] ?? 0) >>> (ordinal & 31)) & 1)
                    collected.push(segment.idOf(ordinal));
                }
              },
            }
          : {}),
        sortValue:
          ({ columns }) =>
          (ordinal) =>
            columns.numberOf(ordinal),
      });
    const expected = this.reference.search(plan, filter);
    const answer = run(plan);
    expect(answer.statistics).toEqual(own);
    const scorer = new Scorer(plan.statistics, plan);
    expect(
      componentsOf(answer.hits, plan).map((components) =>
        componentsScore(components, plan.searched.length, scorer),
      ),
    ).toEqual(answer.hits.map(({ score }) => score));
    expect(shown(answer)).toEqual({ hits: expected.hits, total: expected.total });
    if (order[0]?.field === "_score") expect(answer.nextScore).toBe(expected.next?.score);
    if (!paged) return;
    expect(collected.toSorted()).toEqual(expected.ids);
    const last = expected.hits.at(-1);
    if (last === undefined) return;
    const behind = { ...plan, after: { sort: last.sort, id: last.id } };
    expect(shown(run(behind)).hits).toEqual(this.reference.search(behind, filter).hits);
  }

  checkDocuments(): void {
    expect(this.engine.documentCount()).toBe(this.reference.documents.size);
    for (const { id: known, version, json } of this.reference.documents.values()) {
      expect(this.engine.get(known)).toEqual({ id: known, version, json });
      expect(this.engine.versionOf(known)).toBe(version);
    }
    expect(this.engine.get("no such id")).toBeUndefined();
    const sorted = [...this.reference.documents.keys()].toSorted();
    expect([...this.engine.documentsAfter("")].map((document) => document.id)).toEqual(sorted);
    const from = sorted[3];
    if (from !== undefined) {
      expect([...this.engine.documentsAfter(from)].map((document) => document.id)).toEqual(sorted.slice(4));
    }
  }
}

function shown({ hits, total }: { hits: { id: string; score: number; sort: unknown[] }[]; total: number }) {
  return { hits: hits.map(({ id: found, score, sort }) => ({ id: found, score, sort })), total };
}
