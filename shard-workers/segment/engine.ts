/**
 * The index engine of a leaf: a live segment in memory with its log, and immutable segments. What `batch` has
 * returned from is durable, whole; after a crash at any write the engine holds exactly that. See README.md.
 */
import type { Fields } from "../../core/collection.ts";
import type { Position } from "../../core/contracts/replication.ts";
import type { JsonObject } from "../../core/document/values.ts";
import { BatchLog } from "./batch-log.ts";
import { buildSegment, deletedSince, planOrdinals } from "./build.ts";
import { sharedCache, type BlobCache } from "./cache.ts";
import type { Bitmap, ColumnModule } from "./column-contract.ts";
import { ID_UNITS_MAX, LOGGED_OPERATIONS_MAX } from "./limits.ts";
import { LiveSegment, type LiveSetting, type PutDocument } from "./live.ts";
import type { Place, ReplayedOperation } from "./log.ts";
import { EMPTY_MANIFEST, readManifest, writeManifest, type Manifest } from "./manifest.ts";
import { stepsOf, type Merge } from "./merge.ts";
import { chooseMerge } from "./merge-policy.ts";
import { declarationOf, redeclared, refreshable, refreshDocuments, refreshedManifest } from "./refresh.ts";
import type { BuildSetting } from "./refresh.ts";
import { documentsAfter, type EngineDocument, type Wanted } from "./documents-after.ts";
import type { Projection } from "./projection.ts";
import { Scan } from "./scan.ts";
import type { Searchable } from "./searchable.ts";
import { SegmentRows } from "./segment-rows.ts";
import { Segment, type SegmentSetting } from "./segment.ts";
import type { SegmentStore } from "./store.ts";

export class SegmentEngine<C> {
  /** Batches after this sequence stay in the log for those that follow; undefined: nobody follows. */
  keepLogAfter: number | undefined;
  private readonly store: SegmentStore;
  private readonly rows: SegmentRows;
  private readonly columns: ColumnModule<C>;
  private readonly cache: BlobCache;
  private readonly liveSetting: LiveSetting;
  private fields: Fields = {};
  private manifest: Manifest = EMPTY_MANIFEST;
  private segments: Segment<C>[] = [];
  private live: LiveSegment<C>;
  private log: BatchLog;
  private loggedOperations = 0;
  private merge: Merge<C> | undefined;
  private flushes = 0;
  private merges = 0;
  /** Memory may be ahead of the store, after a transaction that failed: it is read anew before the next use. */
  private stale = false;

  /** Nothing is read before `declare`. */
  constructor(store: SegmentStore, columns: ColumnModule<C>, cache = sharedCache, live: LiveSetting = {}) {
    this.store = store;
    this.liveSetting = live;
    this.rows = new SegmentRows(store);
    this.columns = columns;
    this.cache = cache;
    this.live = new LiveSegment({}, columns.createLive({}));
    this.log = new BatchLog(store, EMPTY_MANIFEST);
  }

  /**
   * Opens what the store holds under these fields. Documents that segments hold under others are served as they are, and
   * indexed anew by `mergeStep`. Throws CorruptError when a row is damaged.
   */
  declare(fields: Fields): void {
    this.fields = fields;
    const declaration = declarationOf(fields);
    this.load();
    if (this.manifest.declaration === declaration) return;
    this.store.transaction(() => this.saveManifest(redeclared(this.manifest, declaration)));
  }

  /** All segments, as a search goes through them. */
  get searchables(): Searchable<C>[] {
    this.refresh();
    return this.live.documents === 0 ? this.segments : [...this.segments, this.live];
  }

  /** The declared fields. */
  get declared(): Fields {
    return this.fields;
  }

  documentCount(): number {
    return this.searchables.reduce((sum, { documents, deletedCount }) => sum + documents - deletedCount, 0);
  }

  /** Documents that are not found by fields that pass the test, since these were declared after they were indexed. */
  outdatedDocuments(isUsed: (field: string) => boolean = () => true): number {
    this.refresh();
    if (this.manifest.outdated.length === 0 || !this.manifest.outdatedFields.some(isUsed)) return 0;
    return this.outdated().reduce((sum, { documents, deletedCount }) => sum + documents - deletedCount, 0);
  }

  /** The log of batches: how far it has come, and what there is for those that follow. */
  get batches(): BatchLog {
    this.refresh();
    return this.log;
  }

  /** In a copy that is not whole: the id up to which it has all documents. */
  get copiedTo(): string | undefined {
    return this.manifest.copiedTo;
  }

  /**
   * Runs writes as one batch: all of them are durable when this returns, or, when it throws, none has happened.
   * `put` and `delete` are called in here alone. `position`: where the batch leads, when another engine has decided that.
   */
  batch<T>(run: () => T, position?: Position): T {
    this.refresh();
    try {
      return this.store.transaction(() => {
        this.log.begin(position);
        const result = run();
        this.commit();
        return result;
      });
    } catch (error) {
      this.stale = true;
      throw error;
    }
  }

  /**
   * Runs the writes that bring a copy of another engine's documents a piece forward: to that engine's position, with all
   * documents up to an id; undefined: with all of them. Goes into a segment at once, since one position may have many pieces.
   */
  copy(run: () => void, position: Position, copiedTo: string | undefined): void {
    this.batch(() => {
      run();
      const { copiedTo: _, ...manifest } = this.manifest;
      this.manifest = copiedTo === undefined ? manifest : { ...manifest, copiedTo };
      this.flush();
    }, position);
  }

  /** Stores and indexes a document in place of the one with its id. A document that throws has changed nothing. */
  put(document: PutDocument): void {
    if (document.id.length > ID_UNITS_MAX)
      throw new RangeError(`an id has at most ${ID_UNITS_MAX} characters`);
    if (this.live.full) this.flush();
    this.live.analyse(document.value);
    const replaced = this.remove(document.id);
    this.live.add(document);
    this.log.put(document.id, document.version, document.json, replaced);
  }

  /** Removes a document; false when there is none. The deletion has a version, too: by default the next. */
  delete(id: string, version = this.log.clock + 1): boolean {
    const wasLive = this.live.find(id) !== undefined;
    const place = this.remove(id);
    if (!wasLive && place === undefined) return false;
    this.log.delete(id, version, place);
    return true;
  }

  get(id: string): EngineDocument | undefined {
    this.refresh();
    const found = this.locate(id);
    if (found === undefined) return undefined;
    const { segment, ordinal } = found;
    return { id, version: segment.versionOf(ordinal), json: segment.textOf(ordinal) };
  }

  /** A document's version, without reading the document. */
  versionOf(id: string): number | undefined {
    this.refresh();
    const found = this.locate(id);
    return found?.segment.versionOf(found.ordinal);
  }

  /** Documents with an id after this one, in the order of ids, one after another as they are asked for. */
  documentsAfter(id: string, wanted?: Wanted<C>): Generator<EngineDocument> {
    return documentsAfter(this.searchables, id, wanted);
  }

  /** The documents that `matching` says of each segment, as they are now, until the scan is closed. */
  scan(matching: (segment: Searchable<C>) => Bitmap, projection?: Projection): Scan<C> {
    return new Scan(this.searchables, matching, projection, this.rows.hold(this.manifest.segments));
  }

  /** Segments that there are, and how often one was written out and several were merged since this was opened. */
  get size(): { segments: number; flushes: number; merges: number } {
    return { segments: this.segments.length, flushes: this.flushes, merges: this.merges };
  }

  /** Whether a merge is under way, or one should be. */
  mergeDue(): boolean {
    this.refresh();
    return this.merge !== undefined || this.manifest.merging > 0 || this.isMoreDue();
  }

  private isMoreDue(): boolean {
    if (refreshable(this.outdated(), this.liveSetting).length > 0) return true;
    return this.rows.hasFree(this.manifest.replaced) || this.mergeable().length > 0;
  }

  /** Segments that are to become one. Outdated ones are emptied otherwise. */
  private mergeable(): Segment<C>[] {
    return chooseMerge(this.segments.filter(({ number }) => !this.manifest.outdated.includes(number)));
  }

  private outdated(): Segment<C>[] {
    return this.segments.filter(({ number }) => this.manifest.outdated.includes(number));
  }

  /**
   * Goes on with a merge, or begins one, or indexes outdated documents anew: some tens of milliseconds of work, in its own
   * transaction. `more`: there is more to do. Searches and batches may come between steps.
   */
  mergeStep(): { more: boolean } {
    this.refresh();
    try {
      const [outdated] = refreshable(this.outdated(), this.liveSetting);
      // What was indexed anew is merged in between, or there would be a segment for each step.
      if (outdated !== undefined && this.merge === undefined && this.mergeable().length === 0) {
        this.store.transaction(() => this.refreshSome(outdated));
        return { more: this.isMoreDue() };
      }
      if (this.rows.hasFree(this.manifest.replaced)) this.store.transaction(() => this.removeReplaced());
      const merge = this.merge ?? this.beginMerge();
      if (merge === undefined) return { more: false };
      const done = this.store.transaction(() => merge.steps.next().done === true);
      if (!done) return { more: true };
      this.install(merge);
      return { more: this.isMoreDue() };
    } catch (error) {
      this.stale = true;
      throw error;
    }
  }

  /** Writes the live segment out. Part of a batch. */
  flush(): void {
    const { sources, documents } = planOrdinals<C>([this.live]);
    const segments = this.segments.map(({ number }) => number);
    let { nextSegment } = this.manifest;
    if (documents > 0) {
      for (const _ of buildSegment({ ...this.buildSetting(), number: nextSegment, sources, documents }));
      segments.push(nextSegment++);
    }
    for (const segment of this.segments) segment.saveDeletions();
    this.saveManifest({
      ...this.manifest,
      segments,
      nextSegment,
      ...this.log.flushed(this.keepLogAfter),
    });
    this.loggedOperations = 0;
    if (documents > 0) this.flushes += 1;
    this.openNewSegments();
    for (const segment of this.segments) segment.deletionsSaved();
    this.live = this.newLive(this.live);
  }

  private buildSetting(): BuildSetting<C> {
    return { store: this.store, fields: this.fields, columns: this.columns, live: this.liveSetting };
  }

  private commit(): void {
    const { operations } = this.log;
    if (this.live.full || this.loggedOperations + operations > LOGGED_OPERATIONS_MAX) this.flush();
    else this.loggedOperations += operations;
    this.log.commit();
  }

  /** Takes a document out of whatever segment it is in; answers its place when that is an immutable one. */
  private remove(id: string): Place | undefined {
    const found = this.locate(id);
    if (found === undefined) return undefined;
    const { segment, ordinal } = found;
    segment.delete(ordinal);
    return segment instanceof Segment ? { segment: segment.number, ordinal } : undefined;
  }

  private locate(id: string): { segment: Segment<C> | LiveSegment<C>; ordinal: number } | undefined {
    const inLive = this.live.find(id);
    if (inLive !== undefined) return { segment: this.live, ordinal: inLive };
    for (const segment of this.segments) {
      const ordinal = segment.find(id);
      if (ordinal !== undefined) return { segment, ordinal };
    }
    return undefined;
  }

  /** What the store holds, from nothing: at the start, and after a transaction that failed. Writes nothing. */
  private load(): void {
    this.stale = true;
    for (const segment of this.segments) segment.removed();
    this.merge = undefined;
    this.segments = [];
    this.loggedOperations = 0;
    this.manifest = readManifest(this.store);
    this.openNewSegments();
    this.live = this.newLive();
    this.log = new BatchLog(this.store, this.manifest);
    for (const operation of this.log.replay()) this.replay(operation);
    this.stale = false;
  }

  private refresh(): void {
    if (this.stale) this.load();
  }

  private replay(operation: ReplayedOperation): void {
    const place = operation.kind === "put" ? operation.replaced : operation.deleted;
    if (place !== undefined) {
      this.segments.find(({ number }) => number === place.segment)?.delete(place.ordinal);
    }
    const inLive = this.live.find(operation.id);
    if (inLive !== undefined) this.live.delete(inLive);
    this.loggedOperations += 1;
    if (operation.kind === "delete") return;
    const value = JSON.parse(operation.json) as JsonObject; // a document that was put
    this.live.analyse(value);
    this.live.add({ ...operation, value });
  }

  private newLive(predecessor?: LiveSegment<C>): LiveSegment<C> {
    const columns = this.columns.createLive(this.fields);
    return new LiveSegment(this.fields, columns, predecessor, this.liveSetting);
  }

  /** Opens those segments of the manifest that are not open, and forgets those that are no longer there. */
  private openNewSegments(): void {
    const setting: SegmentSetting<C> = { ...this.buildSetting(), cache: this.cache };
    this.segments = this.manifest.segments.map(
      (number) => this.segments.find((segment) => segment.number === number) ?? new Segment(setting, number),
    );
  }

  private saveManifest(manifest: Manifest): void {
    writeManifest(this.store, manifest);
    this.manifest = manifest;
  }

  private beginMerge(): Merge<C> | undefined {
    const segments = this.mergeable();
    if (segments.length === 0 && this.manifest.merging === 0) return undefined;
    const { sources, documents } = planOrdinals<C>(segments);
    for (const segment of segments) segment.lend();
    const number = this.manifest.nextSegment;
    this.store.transaction(() => {
      // What a merge that was cut off has left.
      if (this.manifest.merging > 0) this.rows.remove(this.manifest.merging);
      this.saveManifest({ ...this.manifest, merging: number, nextSegment: number + 1 });
    });
    const steps = stepsOf({ ...this.buildSetting(), number, sources, documents });
    this.merge = {
      number,
      sources: sources.flatMap((source, index) => {
        const segment = segments[index];
        return segment === undefined ? [] : [{ ...source, segment }];
      }),
      documents,
      steps,
    };
    return this.merge;
  }

  /** Rows of replaced segments that were still read when these were replaced. */
  private removeReplaced(): void {
    this.saveManifest({ ...this.manifest, replaced: this.rows.removeFree(this.manifest.replaced) });
  }

  /** Puts the new segment in its sources' place, without what was deleted there since the merge began. */
  private install({ number, sources, documents }: Merge<C>): void {
    const merged = sources.map(({ segment }) => segment);
    this.store.transaction(() => {
      const others = this.manifest.segments.filter(
        (other) => !merged.some((segment) => segment.number === other),
      );
      const segments = documents > 0 ? [...others, number] : others;
      const replaced = [...this.manifest.replaced, ...merged.map((segment) => segment.number)];
      this.saveManifest({ ...this.manifest, segments, merging: 0, replaced: this.rows.removeFree(replaced) });
      this.openNewSegments();
      const output = this.segments.find((segment) => segment.number === number);
      for (const source of sources) for (const ordinal of deletedSince(source)) output?.delete(ordinal);
      output?.saveDeletions();
      output?.deletionsSaved();
    });
    for (const segment of merged) segment.removed();
    this.merge = undefined;
    this.merges += 1;
  }

  /** Indexes some of an outdated segment's documents anew; with the last of them the segment goes. */
  private refreshSome(outdated: Segment<C>): void {
    const refreshed = refreshDocuments(this.buildSetting(), outdated, this.manifest.nextSegment);
    const isEmpty = outdated.deletedCount === outdated.documents;
    const manifest = refreshedManifest(this.manifest, outdated.number, { isEmpty, refreshed });
    this.saveManifest({ ...manifest, replaced: this.rows.removeFree(manifest.replaced) });
    if (isEmpty) outdated.removed();
    else {
      outdated.saveDeletions();
      outdated.deletionsSaved();
    }
    this.openNewSegments();
  }
}
