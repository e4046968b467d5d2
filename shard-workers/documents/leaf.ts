/**
 * The leaf: one Durable Object, which holds one replica of one shard of one collection.
 *
 * Invariants: a leaf serves only requests of its own epoch, and learns of a newer one from the Catalog, never from
 * a caller; what a write answers is durable, whole or not at all (one transaction a batch; the runtime holds the answer
 * back until it is on disk); versions only rise, also over deletions. Damaged data is an answer (`corrupt`), never an
 * exception and never a wrong result.
 */
import { DurableObject } from "cloudflare:workers";
import type { Collection } from "../../core/collection.ts";
import type { CatalogApi } from "../../core/contracts/catalog.ts";
import type { ExportPage, StoredDocument, WriteOperation } from "../../core/contracts/documents.ts";
import type { CollectionRef, LeafAnswer, MatchPlan, SearchPlan } from "../../core/contracts/search.ts";
import type { ReadOptions } from "../../core/contracts/read-options.ts";
import { failure, type Failure, type Result } from "../../core/errors.ts";
import { CorruptError } from "../segment/store.ts";
import { Gate } from "./gate.ts";
import type { LeafIndex } from "./leaf-index.ts";
import { LeafState } from "./leaf-state.ts";
import type { LeafApi, LeafStatisticsAnswer, LeafWriteAnswer } from "./leaf-stub.ts";
import { MeteredSql } from "./metered-sql.ts";
import { SegmentIndex } from "./segment-index.ts";
import { SqlStore } from "./sql-store.ts";
import { applyOperation } from "./write.ts";

/** Documents that ride along with hits: six leaves stay far below an RPC message's 32 MiB, and 186 below an isolate's room. */
const INLINE_BYTES_MAX = 128 * 1024;

/** A page of an export, about; one document more than this is still a page. */
const EXPORT_PAGE_BYTES = 1024 * 1024;

/** A fetch of documents answers at most this, and six leaves less than an RPC message's 32 MiB; the caller asks again. */
const FETCH_BYTES_MAX = 4 * 1024 * 1024;

export class Leaf extends DurableObject<DocumentsBindings> implements LeafApi {
  private readonly sql: MeteredSql;
  private state: LeafState;
  /** Opened when it is first needed, since opening it can fail. */
  private index: LeafIndex | undefined;
  /** Once purged always purged: a collection's id never comes again. */
  private purged = false;
  private readonly gate = new Gate();
  /** Whether an alarm will go on with merging. Unknown after a start; one alarm too many does nothing. */
  private mergeScheduled = false;

  constructor(ctx: DurableObjectState, env: DocumentsBindings) {
    super(ctx, env);
    this.sql = new MeteredSql(ctx.storage.sql);
    this.state = new LeafState(this.sql);
  }

  async write(ref: CollectionRef, operations: WriteOperation[]): Promise<LeafWriteAnswer> {
    const struck = await this.gate.strike("before-write", ref);
    if (struck !== undefined) return struck;
    const rowsBefore = this.sql.rowsWritten;
    const answer = await this.serve(ref, (index, { fields }) => {
      const outcomes = index.batch(() => {
        const done = operations.map((operation) =>
          applyOperation(operation, index, fields, () => this.state.nextVersion()),
        );
        if (done.some((outcome) => outcome.ok)) this.state.commitBatch();
        return done;
      });
      return { outcomes };
    });
    if (!answer.ok) return answer;
    await this.scheduleMerge();
    const rowsWritten = this.sql.rowsWritten - rowsBefore;
    const written = { ...answer, sequence: this.state.sequence, rowsWritten };
    return (await this.gate.strike("after-write", ref)) ?? written;
  }

  async getDocument(
    ref: CollectionRef,
    id: string,
    read?: ReadOptions,
  ): Promise<Result<{ document: StoredDocument | null }>> {
    return this.read(ref, read, (index) => ({ document: index.get(id) ?? null }));
  }

  async fetchDocuments(
    ref: CollectionRef,
    ids: string[],
    read?: ReadOptions,
  ): Promise<Result<{ documents: StoredDocument[] }>> {
    return this.read(ref, read, (index) => {
      const documents: StoredDocument[] = [];
      let bytes = 0;
      for (const id of ids) {
        const document = index.get(id);
        if (document === undefined) continue;
        bytes += document.json.length;
        if (documents.length > 0 && bytes > FETCH_BYTES_MAX) break;
        documents.push(document);
      }
      return { documents };
    });
  }

  async exportPage(ref: CollectionRef, afterId: string, read?: ReadOptions): Promise<ExportPage> {
    return this.read(ref, read, (index) => index.page(afterId, EXPORT_PAGE_BYTES));
  }

  async statistics(ref: CollectionRef, plan: MatchPlan, read?: ReadOptions): Promise<LeafStatisticsAnswer> {
    return this.read(
      ref,
      read,
      this.metered((index) => ({ statistics: index.statistics(plan) })),
    );
  }

  async search(ref: CollectionRef, shard: number, plan: SearchPlan, read?: ReadOptions): Promise<LeafAnswer> {
    return this.read(
      ref,
      read,
      this.metered((index) => ({ partial: index.search(plan, shard, INLINE_BYTES_MAX) })),
    );
  }

  async stats(
    ref: CollectionRef,
    read?: ReadOptions,
  ): Promise<Result<{ documents: number; bytes: number; sequence: number }>> {
    return this.read(ref, read, (index) => ({
      documents: index.documentCount(),
      bytes: this.sql.bytes,
      sequence: this.state.sequence,
    }));
  }

  async purge(): Promise<void> {
    this.purged = true;
    this.state.forget();
    this.index = undefined;
    await this.ctx.storage.deleteAll();
  }

  /** Goes on with merging, a bounded step at a time, so that requests get in between. */
  override async alarm(): Promise<void> {
    this.mergeScheduled = false;
    const { collection } = this.state;
    if (collection === undefined) return;
    try {
      this.open(collection).mergeStep();
    } catch (error) {
      // Its segments stay as they are; whoever searches them hears of the damage.
      this.corrupt(error);
      return;
    }
    await this.scheduleMerge();
  }

  async cancel(requestId: string): Promise<void> {
    this.gate.cancel(requestId);
  }

  /** Runs a read where somebody still waits for it, and this leaf has reached what the read wants to see. */
  private async read<T extends object>(
    ref: CollectionRef,
    read: ReadOptions = {},
    run: (index: LeafIndex) => T,
  ): Promise<Result<T>> {
    const { minSequence = 0 } = read;
    const admitted = await this.gate.admit(ref, read);
    if ("ok" in admitted) return admitted;
    const collection = await this.enter(ref);
    const refused = admitted.pointless();
    if (refused !== undefined) return refused;
    if ("ok" in collection) return collection;
    if (this.state.sequence < minSequence) {
      return failure("replica-behind", "This replica has not seen that write yet.");
    }
    return this.serve(ref, run);
  }

  /** Runs a request against the index, in one turn. What is damaged is answered as such. */
  private async serve<T extends object>(
    ref: CollectionRef,
    run: (index: LeafIndex, collection: Collection) => T,
  ): Promise<Result<T>> {
    const collection = await this.enter(ref);
    if ("ok" in collection) return collection;
    try {
      return { ok: true, ...run(this.open(collection), collection) };
    } catch (error) {
      // A write that failed is rolled back, and with it the versions and the sequence that it counted up in memory.
      this.state = new LeafState(this.sql);
      return this.corrupt(error);
    }
  }

  private metered<T extends object>(
    run: (index: LeafIndex) => T,
  ): (index: LeafIndex) => T & { documents: number; rowsRead: number } {
    return (index) => {
      const rowsBefore = this.sql.rowsRead;
      const answer = run(index);
      return { ...answer, documents: index.documentCount(), rowsRead: this.sql.rowsRead - rowsBefore };
    };
  }

  /** Lets a request of this leaf's epoch in; asks the Catalog when the caller's is newer, or the leaf is new. */
  private async enter(ref: CollectionRef): Promise<Collection | Failure> {
    if ((this.state.collection?.epoch ?? 0) < ref.epoch) await this.learn(ref.id);
    const { collection } = this.state;
    if (collection === undefined) return failure("unknown-collection", "The collection is no longer there.");
    if (collection.epoch === ref.epoch) return collection;
    return failure("stale-epoch", "The collection has changed; read its declaration again.");
  }

  /** Adopts the collection as the Catalog has it now, if it still has it. */
  private async learn(collectionId: string): Promise<void> {
    const catalog: Pick<CatalogApi, "getCollectionById"> = this.env.CATALOG;
    const current = await catalog.getCollectionById(collectionId);
    // A purge or another request may have been here while this one waited.
    if (current === null || this.purged || current.epoch <= (this.state.collection?.epoch ?? 0)) return;
    this.state.adopt(current);
    this.index = undefined;
  }

  /** The index, declared as the collection is. Indexing anew that was cut off begins again here. */
  private open(collection: Collection): LeafIndex {
    if (this.index !== undefined) return this.index;
    const index = new SegmentIndex(new SqlStore(this.sql, this.ctx.storage));
    index.declare(collection.fields);
    this.index = index;
    return index;
  }

  private async scheduleMerge(): Promise<void> {
    if (this.mergeScheduled || this.index?.mergeDue() !== true) return;
    this.mergeScheduled = true;
    await this.ctx.storage.setAlarm(Date.now());
  }

  /** The failure that damaged data is answered with; anything else is thrown on. */
  private corrupt(error: unknown): Failure {
    if (!(error instanceof CorruptError)) throw error;
    console.error(JSON.stringify({ event: "leaf-corrupt", leaf: this.ctx.id.toString(), part: error.part }));
    return failure("corrupt", `The leaf's ${error.part} is damaged.`);
  }
}
