/** A leaf's documents in the index engine's segments, on SQLite. */
import { compileDocumentFilter } from "../../core/cesql/index.ts";
import type { Fields } from "../../core/collection.ts";
import type { StoredDocument } from "../../core/contracts/documents.ts";
import type {
  Hints,
  Hit,
  MatchPlan,
  SearchPartial,
  SearchPlan,
  Statistics,
} from "../../core/contracts/search.ts";
import type { MatchedDocuments } from "../../core/contracts/terms.ts";
import type { ScatterPlan } from "../../core/contracts/scatter.ts";
import type { LogEntry, Position } from "../../core/contracts/replication.ts";
import { selectFields } from "../../core/document/select.ts";
import type { JsonObject } from "../../core/document/values.ts";
import type { SlotSpan } from "../../core/slots.ts";
import { noStatistics } from "../../core/query/bm25.ts";
import { filterTypes } from "../../core/query/filter-types.ts";
import { highlightDocument } from "../../core/query/highlight.ts";
import { hintedStatistics, isComplete } from "../../core/query/hints.ts";
import { scoresIn } from "../../core/query/sort.ts";
import {
  Collector,
  columnModule,
  filterDocuments,
  topDocuments,
  type SegmentColumns,
} from "../segment/columns/index.ts";
import { setAll } from "../segment/bitmap.ts";
import { bitmapWords, type Bitmap, type SegmentQuery, type SegmentView } from "../segment/column-contract.ts";
import { SegmentEngine } from "../segment/engine.ts";
import { Projection } from "../segment/projection.ts";
import { componentsOf } from "../segment/search/components.ts";
import { searchSegments, type EngineHit } from "../segment/search/search.ts";
import { segmentStatistics } from "../segment/search/statistics.ts";
import { documentsInSlots } from "../segment/slots.ts";
import type { SegmentStore } from "../segment/store.ts";
import { firstOfMatches } from "./first-of-matches.ts";
import { inSlots } from "./resharding/document-slots.ts";
import type { DocumentScan, FieldsUsed, LeafIndex, NewDocument } from "./leaf-index.ts";
import { BATCH_LIMITS } from "./map-documents.ts";

export class SegmentIndex implements LeafIndex {
  private readonly engine: SegmentEngine<SegmentColumns>;
  private fields: Fields = {};

  /** `texts`: where others index the words, this does not. */
  constructor(store: SegmentStore, texts: "words" | "none" = "words") {
    this.engine = new SegmentEngine(store, columnModule, undefined, { texts });
  }

  declare(fields: Fields): void {
    this.fields = fields;
    this.engine.declare(fields);
  }

  get position(): Position {
    return this.engine.batches.position;
  }

  get clock(): number {
    return this.engine.batches.clock;
  }

  get batchCharacters(): number {
    return this.engine.batches.batchCharacters;
  }

  get copiedTo(): string | undefined {
    return this.engine.copiedTo;
  }

  get keepLogAfter(): number | undefined {
    return this.engine.keepLogAfter;
  }

  set keepLogAfter(sequence: number | undefined) {
    this.engine.keepLogAfter = sequence;
  }

  batch<T>(run: () => T, position?: Position): T {
    return this.engine.batch(run, position);
  }

  copy(run: () => void, position: Position, copiedTo: string | undefined): void {
    this.engine.copy(run, position, copiedTo);
  }

  entriesAfter(sequence: number, charactersMax: number): LogEntry[] | undefined {
    return this.engine.batches.entriesAfter(sequence, charactersMax);
  }

  get size(): { segments: number; flushes: number; merges: number } {
    return this.engine.size;
  }

  mergeDue(): boolean {
    return this.engine.mergeDue();
  }

  mergeStep(): void {
    this.engine.mergeStep();
  }

  get(id: string): StoredDocument | undefined {
    return this.engine.get(id);
  }

  versionOf(id: string): number | undefined {
    return this.engine.versionOf(id);
  }

  put(document: NewDocument): void {
    this.engine.put(document);
  }

  delete(id: string, version: number): void {
    this.engine.delete(id, version);
  }

  page(
    afterId: string,
    charactersMax: number,
    slots?: Uint8Array,
  ): { documents: StoredDocument[]; done: boolean } {
    const documents: StoredDocument[] = [];
    let characters = 0;
    const wanted = slots && inSlots<SegmentColumns>(slots);
    for (const document of this.engine.documentsAfter(afterId, wanted)) {
      characters += document.id.length + document.json.length;
      if (documents.length > 0 && characters > charactersMax) return { documents, done: false };
      documents.push(document);
    }
    return { documents, done: true };
  }

  documentCount(): number {
    return this.engine.documentCount();
  }

  scan({ filter, select }: Pick<ScatterPlan, "filter" | "select">, slots?: SlotSpan): DocumentScan {
    const { filter: matching = everything } = this.filterOf(filter, slots);
    const scan = this.engine.scan(matching, select && new Projection(select));
    return { next: () => scan.next(BATCH_LIMITS), close: () => scan.close() };
  }

  outdatedFor({
    clauses = [],
    searched = [],
    filter,
    sort = [],
    facets = [],
    aggregations = [],
  }: FieldsUsed): number {
    const used = new Set([
      ...(clauses.length > 0 ? searched.map(({ field }) => field) : []),
      ...sort.map(({ field }) => field),
      ...facets.map(({ field }) => field),
      ...aggregations.flatMap(({ field, by }) => (by === undefined ? [field] : [field, by])),
    ]);
    // A name within a filter may be a text's, which is no harm: the answer then claims less than it has.
    return this.engine.outdatedDocuments((field) => used.has(field) || filter?.includes(field) === true);
  }

  statistics(plan: MatchPlan): Statistics {
    return segmentStatistics(this.engine.searchables, plan);
  }

  search(plan: SearchPlan, shard: number, inlineBytesMax: number, slots?: SlotSpan): SearchPartial {
    const collector = new Collector(this.fields, plan.facets, plan.aggregations);
    const segments = this.engine.searchables;
    const { hints, ...hinted } = plan;
    if (hints !== undefined && scoresIn(plan.sort) !== "nothing")
      hinted.statistics = this.statisticsBy(hints, plan);
    const wanted = plan.leafLimit ?? plan.limit;
    const { hits, total, statistics } = searchSegments(segments, {
      // One more than is wanted is the first that is missing.
      plan: { ...hinted, limit: hints === undefined ? wanted : wanted + 1 },
      ...this.filterOf(plan.filter, slots),
      ...(plan.facets.length + plan.aggregations.length > 0 && {
        collect: (segment, matches) => collector.collect(segment, matches),
      }),
      topOf: topDocuments,
      ownStatistics: hints !== undefined,
    });
    const next = hits[wanted];
    return {
      hits: this.dress(hits.slice(0, wanted), plan, shard, inlineBytesMax),
      rankings:
        statistics === undefined
          ? []
          : [
              {
                shard,
                statistics,
                ...(next !== undefined && { next: { score: next.score, id: next.id } }),
              },
            ],
      total,
      facets: collector.facets(),
      aggregations: collector.aggregations(),
    };
  }

  searchMatches(plan: SearchPlan, matched: MatchedDocuments, inlineBytesMax: number): SearchPartial {
    const collector = new Collector(this.fields, plan.facets, plan.aggregations);
    const { hits, total } = firstOfMatches(this.engine.searchables, matched, {
      plan,
      ...this.filterOf(plan.filter),
      collect: (segment, matches) => collector.collect(segment, matches),
    });
    return {
      hits: this.dress(hits, plan, matched.shard, inlineBytesMax),
      rankings: [],
      total,
      facets: collector.facets(),
      aggregations: collector.aggregations(),
    };
  }

  /** What hints say, with the leaf's own statistics in their gaps. */
  private statisticsBy(hints: Hints, plan: SearchPlan): Statistics {
    return hintedStatistics(
      hints,
      isComplete(hints) ? noStatistics(plan.searched.length, plan.clauses.length) : this.statistics(plan),
    );
  }

  private filterOf(
    filter: string | undefined,
    slots?: SlotSpan,
  ): Pick<SegmentQuery<SegmentColumns>, "filter"> {
    if (filter === undefined)
      return slots === undefined ? {} : { filter: (segment) => documentsInSlots(segment, slots) };
    const types = filterTypes(this.fields);
    const compiled = compileDocumentFilter(filter, types);
    if (!compiled.ok) throw new Error(`a filter that was accepted does not compile: ${compiled.message}`);
    return {
      filter: (segment) =>
        filterDocuments(segment, types, compiled.expression, slots && documentsInSlots(segment, slots)),
    };
  }

  /** The first get their documents and highlights, as many as are likely to be among the whole search's hits. */
  private dress(
    hits: EngineHit<SegmentColumns>[],
    plan: SearchPlan,
    shard: number,
    inlineBytesMax: number,
  ): Hit[] {
    const components = plan.hints === undefined ? [] : componentsOf(hits, plan);
    let room = inlineBytesMax;
    return hits.map(({ id, score, sort, segment, ordinal }, index) => {
      const hit: Hit = { id, score, sort, shard };
      const parts = components[index];
      if (parts !== undefined) hit.components = parts;
      if (index >= (plan.inlined ?? hits.length)) return hit;
      const text = segment.textOf(ordinal);
      const parsed =
        plan.select === undefined && plan.highlight.length === 0
          ? undefined
          : (JSON.parse(text) as JsonObject); // stored objects only
      const json =
        plan.select === undefined || parsed === undefined
          ? text
          : JSON.stringify(selectFields(parsed, plan.select));
      if (json.length > room) return hit;
      room -= json.length;
      hit.document = json;
      if (parsed !== undefined && plan.highlight.length > 0) {
        hit.highlights = highlightDocument(parsed, plan, this.fields);
      }
      return hit;
    });
  }
}

function everything({ documents }: SegmentView<SegmentColumns>): Bitmap {
  const bitmap = new Uint32Array(bitmapWords(documents));
  setAll(bitmap, documents);
  return bitmap;
}
