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
import type { LeafScatterAnswer, ScatterErrand, ScatterPlan } from "../../core/contracts/scatter.ts";
import type { CollectionRef, LeafAnswer, SearchPlan } from "../../core/contracts/search.ts";
import type { MatchedDocuments } from "../../core/contracts/terms.ts";
import type { ReadOptions } from "../../core/contracts/read-options.ts";
import { failure, type Failure, type Result } from "../../core/errors.ts";
import type { FunctionHost } from "../../core/functions/function-host.ts";
import { OBJECT_SLOTS } from "../../core/functions/limits.ts";
import { mapReduceOf } from "../../core/map-reduce/map-reduce.ts";
import { packAnswer, type LeafErrand, type LeafQuestion, type Packed } from "../../core/search-wire.ts";
import { beginCopy, isUntouched } from "../segment/manifest.ts";
import { CorruptError } from "../segment/store.ts";
import { Alarm } from "../leaf/alarm.ts";
import { EventWrites } from "./event-writes.ts";
import { fetchFrom } from "./fetch.ts";
import { functionHost } from "./function-host.ts";
import { Gate, type Pointless } from "../leaf/gate.ts";
import type { LeafIndex } from "./leaf-index.ts";
import { beginScatter, mapScan } from "./leaf-scatter.ts";
import { partOf } from "../../core/slots.ts";
import { leafPlace, type LeafPlace } from "./leaf-place.ts";
import { LeafState } from "./leaf-state.ts";
import { PRIMARY, type LeafApi, type LeafStats, type LeafWriteAnswer } from "./leaf-stub.ts";
import { MeteredSql } from "../leaf/metered-sql.ts";
import { LeafReplication } from "./replication/leaf-replication.ts";
import { ALARM_MS, BATCH_CHARACTERS_MAX } from "./replication/limits.ts";
import type { PullAnswer, PullRequest, Push, PushAnswer } from "./replication/messages.ts";
import { ReplicaTransport } from "./replication/transport.ts";
import { SegmentIndex } from "./segment-index.ts";
import { TermTransport } from "./term-feed/term-transport.ts";
import { SqlStore } from "../leaf/sql-store.ts";
import { nextVersion } from "./versions.ts";
import { applyOperation } from "./write.ts";

/** Documents that ride along with hits: six leaves stay far below an RPC message's 32 MiB, and 186 below an isolate's room. */
const INLINE_BYTES_MAX = 128 * 1024;

/** A page of an export, about; one document more than this is still a page. */
const EXPORT_PAGE_BYTES = 1024 * 1024;

export class Leaf extends DurableObject<DocumentsBindings> implements LeafApi {
  private readonly sql: MeteredSql;
  private eventWrites: EventWrites;
  private readonly place: LeafPlace;
  private readonly state: LeafState;
  private readonly alarmClock: Alarm;
  private readonly terms: TermTransport;
  private replication: LeafReplication;
  private readonly gate: Gate;
  private readonly functions: FunctionHost;
  /** Opened when it is first needed, since opening it can fail. */
  private opened: LeafIndex | undefined;
  /** Purges so far: what was asked before one is not to be believed after it. */
  private purges = 0;

  constructor(ctx: DurableObjectState, env: DocumentsBindings) {
    super(ctx, env);
    this.sql = new MeteredSql(ctx.storage.sql);
    this.place = leafPlace(ctx.id.name);
    this.gate = new Gate(this.place);
    this.functions = functionHost(env, OBJECT_SLOTS);
    this.state = new LeafState(this.sql);
    this.eventWrites = new EventWrites(this.sql);
    this.alarmClock = new Alarm(ctx.storage);
    this.terms = new TermTransport(env, () => this.gate.faults);
    this.replication = this.beginReplication();
    if (this.state.collection !== undefined) this.replication.declared(this.state.collection);
  }

  async write(ref: CollectionRef, operations: WriteOperation[]): Promise<LeafWriteAnswer> {
    if (this.place.replica !== PRIMARY) return failure("internal", "Writes go to the primary.");
    const struck = await this.gate.strike("before-write", ref);
    if (struck !== undefined) return struck;
    const rowsBefore = this.sql.rowsWritten;
    let alarmSet: Promise<void> | undefined;
    const answer = await this.serve(ref, (index, { fields }) => {
      alarmSet = this.replication.beforeWrite();
      const outcomes = index.batch(() =>
        this.eventWrites.apply(operations, index, Date.now(), (operation) =>
          index.batchCharacters < BATCH_CHARACTERS_MAX
            ? applyOperation(operation, index, fields, () => nextVersion(index))
            : failure("too-large", "The documents of this write are too many bytes for one."),
        ),
      );
      return { outcomes, sequence: index.position.sequence };
    });
    await alarmSet;
    if (!answer.ok) return answer;
    this.replication.ship();
    await this.scheduleMerge();
    const written = { ...answer, rowsWritten: this.sql.rowsWritten - rowsBefore };
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
    return this.read(ref, read, (index) => ({ documents: fetchFrom(index, ids) }));
  }

  async exportPage(ref: CollectionRef, afterId: string, read?: ReadOptions): Promise<ExportPage> {
    return this.read(ref, read, (index) => ({
      ...index.page(afterId, EXPORT_PAGE_BYTES),
      sequence: index.position.sequence,
    }));
  }

  async search(question: string, errand: string): Promise<Packed<LeafAnswer>> {
    const { ref, plan } = JSON.parse(question) as LeafQuestion; // a branch's writing, as is the errand
    const { shard, slots, ...read } = JSON.parse(errand) as LeafErrand;
    const answer = await this.read(
      ref,
      { ...read, part: partOf(slots) },
      this.metered((index) => {
        const outdated = index.outdatedFor(plan);
        const partial = index.search(plan, shard, INLINE_BYTES_MAX, slots);
        const { sequence } = index.position;
        return { partial, sequence, ...(outdated === 0 ? {} : { outdated }) };
      }),
    );
    return packAnswer(answer, answer.ok ? answer.partial : undefined);
  }

  async searchMatches(
    ref: CollectionRef,
    plan: SearchPlan,
    matched: MatchedDocuments,
    read?: ReadOptions,
  ): Promise<LeafAnswer> {
    return this.read(
      ref,
      read,
      this.metered((index) => ({
        partial: index.searchMatches(plan, matched, INLINE_BYTES_MAX),
        sequence: index.position.sequence,
      })),
    );
  }

  async shipTerms(ref: CollectionRef): Promise<Result<{ sequence: number }>> {
    const answer = await this.read(ref, {}, ({ position }) => ({ sequence: position.sequence }));
    if (answer.ok) await this.replication.shipTerms();
    return answer;
  }

  async scatter(ref: CollectionRef, plan: ScatterPlan, errand: ScatterErrand): Promise<LeafScatterAnswer> {
    const begun = await this.read(
      ref,
      errand,
      this.metered((index, pointless) => ({ ...beginScatter(index, plan), index, pointless })),
    );
    if (!begun.ok) return begun;
    const { index, pointless } = begun;
    const answer = await mapScan(begun, mapReduceOf(this.functions, plan), (read) => {
      // Whatever is there now, it is not what the scan was begun on.
      if (this.opened !== index) return failure("stale-epoch", "The collection has changed.");
      return pointless() ?? this.attempt(() => ({ ok: true, ...this.metered(read)(index) }));
    });
    await this.scheduleMerge();
    return answer;
  }

  async stats(ref: CollectionRef, _read?: ReadOptions): Promise<LeafStats> {
    return this.serve(ref, (index) => ({
      documents: index.documentCount(),
      bytes: this.sql.bytes,
      sequence: index.position.sequence,
      condition: this.replication.condition,
    }));
  }

  async push(message: Push): Promise<PushAnswer> {
    const problem = (await this.gate.strike("replication", message.ref)) ?? (await this.follow(message.ref));
    if (problem !== undefined) return problem;
    const answer = this.replication.receive(message);
    return "ok" in answer ? answer : { ok: true, ...answer };
  }

  async pull(request: PullRequest): Promise<PullAnswer> {
    const struck = await this.gate.strike("replication", request.ref);
    if (struck !== undefined) return struck;
    await this.learn(request.ref);
    if (this.state.collection === undefined) {
      return failure("unknown-collection", "The collection is no longer there.");
    }
    return this.attempt(() => {
      const pulled = this.replication.feed(request);
      return "ok" in pulled ? pulled : { ok: true, pulled };
    });
  }

  async purge(): Promise<void> {
    // There are as many term leaves as shards; and this shard knows no longer that there are, once it is purged.
    if (this.state.collection?.layout === "terms" && this.place.replica === PRIMARY)
      await this.terms.purgeLeaf(this.place.collectionId, this.place.shard);
    this.purges += 1;
    this.replication.stop();
    this.replication = this.beginReplication();
    this.state.forget();
    this.opened = undefined;
    this.eventWrites = new EventWrites(this.sql);
    await this.ctx.storage.deleteAll();
  }

  /**
   * Goes on with merging, a bounded step at a time, so that requests get in between; and looks after replicas that have not
   * confirmed what was pushed.
   */
  override async alarm(): Promise<void> {
    this.alarmClock.rang();
    if (this.state.collection === undefined) return;
    const merged = this.attempt(() => {
      this.index.mergeStep();
      return { ok: true };
    });
    // Damaged segments stay as they are; whoever searches them hears of the damage.
    if (merged.ok) await this.scheduleMerge();
    try {
      await this.replication.rang();
    } catch (error) {
      this.corrupt(error);
    }
  }

  async cancel(requestId: string): Promise<void> {
    this.gate.cancel(requestId);
  }

  /** Runs a read where somebody still waits for it, and this leaf has reached what the read wants to see. */
  private async read<T extends object>(
    ref: CollectionRef,
    read: ReadOptions = {},
    run: (index: LeafIndex, pointless: Pointless) => T,
  ): Promise<Result<T>> {
    const { minSequence = 0 } = read;
    const pointless = await this.gate.admit(ref, read);
    if ("ok" in pointless) return pointless;
    const collection = await this.enter(ref);
    if ("ok" in collection) return collection;
    try {
      const refused = (await this.replication.reach(minSequence)) ?? pointless();
      if (refused !== undefined) return refused;
    } catch (error) {
      return this.corrupt(error);
    }
    return this.serve(ref, (index) => run(index, pointless));
  }

  /** Runs a request against the index, in one turn. */
  private async serve<T extends object>(
    ref: CollectionRef,
    run: (index: LeafIndex, collection: Collection) => T,
  ): Promise<Result<T>> {
    const collection = await this.enter(ref);
    if ("ok" in collection) return collection;
    return this.attempt(() => ({ ok: true, ...run(this.index, collection) }));
  }

  private metered<T extends object, More extends unknown[]>(
    run: (index: LeafIndex, ...more: More) => T,
  ): (index: LeafIndex, ...more: More) => T & { documents: number; rowsRead: number } {
    return (index, ...more) => {
      const rowsBefore = this.sql.rowsRead;
      const answer = run(index, ...more);
      return { ...answer, documents: index.documentCount(), rowsRead: this.sql.rowsRead - rowsBefore };
    };
  }

  /** Lets a request of this leaf's epoch in; asks the Catalog when the caller's is newer, or the leaf is new. */
  private async enter(ref: CollectionRef): Promise<Collection | Failure> {
    await this.learn(ref);
    const { collection } = this.state;
    if (collection === undefined) return failure("unknown-collection", "The collection is no longer there.");
    if (collection.epoch === ref.epoch && this.place.replica < collection.replicas) return collection;
    return failure("stale-epoch", "The collection has changed; read its declaration again.");
  }

  /** Lets the primary in: what it ships depends on no epoch, but a replica is to know of a newer one. */
  private async follow(ref: CollectionRef): Promise<Failure | undefined> {
    await this.learn(ref);
    const { collection } = this.state;
    if (collection !== undefined && this.place.replica < collection.replicas) return undefined;
    return failure("unknown-collection", "This is no replica of the collection.");
  }

  /** Adopts the collection as the Catalog has it now, if it still has it and this leaf is of it. */
  private async learn(ref: CollectionRef): Promise<void> {
    if (this.epoch >= ref.epoch) return;
    const { purges } = this;
    const catalog: Pick<CatalogApi, "getCollectionById"> = this.env.CATALOG;
    const current = await catalog.getCollectionById(ref.id);
    // A purge or another request may have been here while this one waited.
    if (current === null || this.purges !== purges || current.epoch <= this.epoch) return;
    // A replica that was dropped and purged stays empty; one that is to be purged knows that it is.
    if (current.replicas <= this.place.replica && this.state.collection === undefined) return;
    const isNew = this.state.collection === undefined;
    this.state.adopt(current);
    this.opened = undefined;
    this.replication.declared(current);
    this.replication.ship();
    // Segments of before may be outdated.
    if (!isNew) await this.alarmClock.by(Date.now());
    if (this.replication.keepLogAfter !== undefined) await this.alarmClock.by(Date.now() + ALARM_MS);
  }

  private get epoch(): number {
    return this.state.collection?.epoch ?? 0;
  }

  /** The index, declared as the collection is. */
  private get index(): LeafIndex {
    if (this.opened !== undefined) return this.opened;
    const { collection } = this.state;
    if (collection === undefined) throw new Error("a leaf without a collection has no documents");
    const store = this.store();
    // A replica has none but the primary's documents: it begins as a copy of them.
    if (this.place.replica !== PRIMARY && isUntouched(store)) beginCopy(store);
    const index = new SegmentIndex(store, collection.layout === "terms" ? "none" : "words");
    index.keepLogAfter = this.replication.keepLogAfter;
    index.declare(collection.fields);
    this.opened = index;
    return index;
  }

  private store(): SqlStore {
    return new SqlStore(this.sql, this.ctx.storage);
  }

  private beginReplication(): LeafReplication {
    const { place } = this;
    // oxlint-disable-next-line no-this-alias -- getters of the object below read this leaf
    const leaf = this;
    return new LeafReplication({
      leaf: {
        shard: place.shard,
        replica: place.replica,
        get index() {
          return leaf.index;
        },
        get collection() {
          return leaf.state.collection;
        },
        reset() {
          beginCopy(leaf.store());
          leaf.opened = undefined;
        },
        changed() {
          void leaf.scheduleMerge();
        },
      },
      transport: new ReplicaTransport(this.env, place, () => this.gate.faults),
      terms: this.terms,
      alarm: this.alarmClock,
      now: Date.now,
      random: Math.random,
    });
  }

  private async scheduleMerge(): Promise<void> {
    if (this.opened?.mergeDue() === true) await this.alarmClock.by(Date.now());
  }

  /** Runs what reads rows. What is damaged is answered as such, and a replica gets it anew; anything else is thrown on. */
  private attempt<T>(run: () => Result<T>): Result<T> {
    try {
      return run();
    } catch (error) {
      // What a transaction that failed has remembered did not happen.
      this.eventWrites = new EventWrites(this.sql);
      return this.corrupt(error);
    }
  }

  private corrupt(error: unknown): Failure {
    if (!(error instanceof CorruptError)) throw error;
    console.error(JSON.stringify({ event: "leaf-corrupt", leaf: this.ctx.id.toString(), part: error.part }));
    this.replication.foundDamage();
    return failure("corrupt", `The leaf's ${error.part} is damaged.`);
  }
}
