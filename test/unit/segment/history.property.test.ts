/**
 * Whatever was written, flushed, merged and deleted in whatever order: an engine answers filters, sorts, facets and aggregations as
 * one that was given what is left of it in one batch. That one has a single live segment, whose columns are tested
 * against the documents themselves in columns/.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileDocumentFilter } from "../../../core/cesql/index.ts";
import { aggregationRequests } from "../../../core/query/aggregation-request.ts";
import { aggregationAnswer } from "../../../core/query/aggregations.ts";
import { facetAnswer, type FacetRequest } from "../../../core/query/facets.ts";
import { filterTypes } from "../../../core/query/filter-types.ts";
import { parseQuery } from "../../../core/query/parse-query.ts";
import type { SortKey } from "../../../core/query/sort.ts";
import { BlobCache } from "../../../shard-workers/segment/cache.ts";
import {
  Collector,
  columnModule,
  filterDocuments,
  topDocuments,
  type SegmentColumns,
} from "../../../shard-workers/segment/columns/index.ts";
import { SegmentEngine } from "../../../shard-workers/segment/engine.ts";
import type { PutDocument } from "../../../shard-workers/segment/live.ts";
import { searchSegments } from "../../../shard-workers/segment/search/search.ts";
import { segmentStatistics } from "../../../shard-workers/segment/search/statistics.ts";
import { documentsOf, FIELDS } from "./columns/support.ts";
import { MemoryStore } from "./memory-store.ts";

const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("put" as const),
      values: documentsOf(8),
      ids: fc.array(fc.nat(20), { minLength: 8, maxLength: 8 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("delete" as const), id: fc.nat(20) }) },
  { weight: 3, arbitrary: fc.constant({ kind: "flush" as const }) },
  { weight: 3, arbitrary: fc.constant({ kind: "merge" as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: "reopen" as const }) },
  // Another field: what is in segments is indexed anew, step by step.
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("declare" as const), wider: fc.boolean() }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

const FACETS: FacetRequest[] = [
  ...Object.keys(FIELDS).map((field): FacetRequest => ({ kind: "values", field, limit: 1_000 })),
  { kind: "interval", field: "n", interval: 2 },
  { kind: "interval", field: "d", interval: "month" },
  { kind: "ranges", field: "n", ranges: [-1, 0, 2.5] },
];

const { requests: AGGREGATIONS } = aggregationRequests(
  {
    least: { min: "n" },
    most: { max: "d" },
    sum: { sum: "n" },
    average: { avg: "o.n" },
    count: { count: "k" },
    distinct: { distinct: "k" },
    spread: { percentiles: "n", at: [0, 50, 99, 100] },
    sums: { sum: "n", by: "k" },
    kinds: { distinct: "k", by: "b" },
  },
  FIELDS,
);

const FILTERS = [
  undefined,
  "n > 0",
  "k = 'a' OR b",
  "EXISTS d AND NOT (n >= 2)",
  "k LIKE 'a%'",
  "k IN ('a', 'b', '10')",
];
const SORTS: SortKey[][] = [
  [{ field: "_score", descending: true }],
  [{ field: "n", descending: true }],
  [
    { field: "k", descending: false },
    { field: "d", descending: true },
  ],
];
const QUERIES = ["", "a", "a* -b", "prefix text", '"long text"'];

class History {
  readonly documents = new Map<string, PutDocument>();
  private readonly store = new MemoryStore();
  private engine = opened(this.store);
  private version = 1;

  run(next: Step): void {
    if (next.kind === "flush") this.engine.batch(() => this.engine.flush());
    else if (next.kind === "merge") this.engine.mergeStep();
    else if (next.kind === "reopen") this.engine = opened(this.store);
    else if (next.kind === "declare") {
      this.engine.declare(
        next.wider ? { ...FIELDS, title: { type: "text" }, m: { type: "number" } } : FIELDS,
      );
    } else if (next.kind === "delete") {
      this.engine.batch(() => this.engine.delete(`d${next.id}`));
      this.documents.delete(`d${next.id}`);
    } else {
      this.engine.batch(() => {
        for (const [index, { value }] of next.values.entries()) {
          const id = `d${next.ids[index] ?? 0}`;
          const document = { id, version: this.version++, json: JSON.stringify(value), value };
          this.engine.put(document);
          this.documents.set(id, document);
        }
      });
    }
  }

  answer(q: string, sort: SortKey[], filter: string | undefined): unknown {
    return answerOf(this.engine, q, sort, filter);
  }

  /** An engine that has what is left, and no past. */
  afresh(): SegmentEngine<SegmentColumns> {
    const engine = opened(new MemoryStore());
    engine.batch(() => {
      for (const document of this.documents.values()) engine.put(document);
    });
    return engine;
  }
}

function opened(store: MemoryStore): SegmentEngine<SegmentColumns> {
  const engine = new SegmentEngine(store, columnModule, new BlobCache(64 * 1024));
  engine.declare(FIELDS);
  return engine;
}

function answerOf(
  engine: SegmentEngine<SegmentColumns>,
  q: string,
  sort: SortKey[],
  filter: string | undefined,
): unknown {
  const parsed = parseQuery(q, { fields: FIELDS, searched: ["t"], operator: "or" });
  const types = filterTypes(FIELDS);
  const compiled = filter === undefined ? undefined : compileDocumentFilter(filter, types);
  if (!parsed.ok || compiled?.ok === false) throw new Error("the test's query is wrong");
  const match = { clauses: parsed.clauses, searched: [{ field: "t" }] };
  const statistics = segmentStatistics(engine.searchables, match);
  const collector = new Collector(FIELDS, FACETS, AGGREGATIONS);
  const { hits, total } = searchSegments(engine.searchables, {
    plan: { ...match, statistics, sort, limit: 7 },
    ...(compiled !== undefined && {
      filter: (segment) => filterDocuments(segment, types, compiled.expression),
    }),
    collect: (segment, matches) => collector.collect(segment, matches),
    topOf: topDocuments,
  });
  const facets = collector.facets();
  const aggregations = collector.aggregations();
  return {
    statistics,
    total,
    hits: hits.map((hit) => ({
      id: hit.id,
      score: hit.score,
      sort: hit.sort,
      json: hit.segment.textOf(hit.ordinal),
    })),
    facets: FACETS.map((request, index) => facets[index] && facetAnswer(request, facets[index])),
    aggregations: AGGREGATIONS.map(
      (request, index) => aggregations[index] && aggregationAnswer(request, aggregations[index]),
    ),
  };
}

describe("an engine with any history", () => {
  it("answers as one that was given what is left, but for nothing: hits, scores, facets, aggregations", () => {
    fc.assert(
      fc.property(
        fc.array(step, { minLength: 3, maxLength: 25 }),
        fc.array(
          fc.tuple(fc.constantFrom(...QUERIES), fc.constantFrom(...SORTS), fc.constantFrom(...FILTERS)),
          { minLength: 1, maxLength: 5 },
        ),
        (steps, questions) => {
          const history = new History();
          for (const next of steps) history.run(next);
          const fresh = history.afresh();
          for (const question of questions) {
            expect(history.answer(...question)).toEqual(answerOf(fresh, ...question));
          }
        },
      ),
      { numRuns: 150 },
    );
  });
});
