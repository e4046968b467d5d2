/** A leaf's documents in the index engine's segments, on SQLite. */
import { compileDocumentFilter } from "../../core/cesql/index.ts";
import type { Fields } from "../../core/collection.ts";
import type { StoredDocument } from "../../core/contracts/documents.ts";
import type { LogEntry, Position } from "../../core/contracts/replication.ts";
import type { Hit, MatchPlan, SearchPartial, SearchPlan, Statistics } from "../../core/contracts/search.ts";
import { selectFields } from "../../core/document/select.ts";
import { fieldValues, type JsonObject } from "../../core/document/values.ts";
import { filterTypes } from "../../core/query/filter-types.ts";
import { highlight } from "../../core/query/highlight.ts";
import {
  Collector,
  columnModule,
  filterDocuments,
  topDocuments,
  type SegmentColumns,
} from "../segment/columns/index.ts";
import type { SegmentQuery } from "../segment/column-contract.ts";
import { SegmentEngine } from "../segment/engine.ts";
import { searchSegments, type EngineHit } from "../segment/search/search.ts";
import { segmentStatistics } from "../segment/search/statistics.ts";
import type { SegmentStore } from "../segment/store.ts";
import type { LeafIndex, NewDocument } from "./leaf-index.ts";

export class SegmentIndex implements LeafIndex {
  private readonly engine: SegmentEngine<SegmentColumns>;
  private fields: Fields = {};

  constructor(store: SegmentStore) {
    this.engine = new SegmentEngine(store, columnModule);
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

  page(afterId: string, charactersMax: number): { documents: StoredDocument[]; done: boolean } {
    const documents: StoredDocument[] = [];
    let characters = 0;
    for (const document of this.engine.documentsAfter(afterId)) {
      characters += document.id.length + document.json.length;
      if (documents.length > 0 && characters > charactersMax) return { documents, done: false };
      documents.push(document);
    }
    return { documents, done: true };
  }

  documentCount(): number {
    return this.engine.documentCount();
  }

  statistics(plan: MatchPlan): Statistics {
    return segmentStatistics(this.engine.searchables, plan);
  }

  search(plan: SearchPlan, shard: number, inlineBytesMax: number): SearchPartial {
    const collector = new Collector(this.fields, plan.facets, plan.aggregations);
    const { hits, total } = searchSegments(this.engine.searchables, {
      plan,
      ...this.filterOf(plan.filter),
      ...(plan.facets.length + plan.aggregations.length > 0 && {
        collect: (segment, matches) => collector.collect(segment, matches),
      }),
      topOf: topDocuments,
    });
    return {
      hits: this.dress(hits, plan, shard, inlineBytesMax),
      total,
      facets: collector.facets(),
      aggregations: collector.aggregations(),
    };
  }

  private filterOf(filter: string | undefined): Pick<SegmentQuery<SegmentColumns>, "filter"> {
    if (filter === undefined) return {};
    const types = filterTypes(this.fields);
    const compiled = compileDocumentFilter(filter, types);
    if (!compiled.ok) throw new Error(`a filter that was accepted does not compile: ${compiled.message}`);
    return { filter: (segment) => filterDocuments(segment, types, compiled.expression) };
  }

  /** Only what is answered gets its document and its highlights. */
  private dress(
    hits: EngineHit<SegmentColumns>[],
    plan: SearchPlan,
    shard: number,
    inlineBytesMax: number,
  ): Hit[] {
    let room = inlineBytesMax;
    return hits.map(({ id, score, sort, segment, ordinal }) => {
      const hit: Hit = { id, score, sort, shard };
      const text = segment.textOf(ordinal);
      const parsed =
        plan.select === undefined && plan.highlight.length === 0
          ? undefined
          : (JSON.parse(text) as JsonObject); // stored objects only
      const json =
        plan.select === undefined || parsed === undefined
          ? text
          : JSON.stringify(selectFields(parsed, plan.select));
      if (json.length <= room) {
        room -= json.length;
        hit.document = json;
      }
      if (parsed !== undefined && plan.highlight.length > 0) hit.highlights = this.highlights(parsed, plan);
      return hit;
    });
  }

  private highlights(document: JsonObject, plan: SearchPlan): Record<string, string[]> {
    return Object.fromEntries(
      plan.highlight.flatMap((field): [string, string[]][] => {
        const language = this.fields[field]?.language;
        const fragments = fieldValues(document, field, "text").flatMap((text) =>
          highlight(String(text), field, plan.clauses, language),
        );
        return fragments.length === 0 ? [] : [[field, fragments]];
      }),
    );
  }
}
