/**
 * An open leaf: its parts, and how requests get to its index. What a leaf answers is in leaf.ts.
 */
import { DurableObject } from "cloudflare:workers";
import type { Collection } from "../../core/collection.ts";
import type { CollectionRef } from "../../core/contracts/search.ts";
import type { ReadOptions } from "../../core/contracts/read-options.ts";
import { failure, type Failure, type Result } from "../../core/errors.ts";
import type { FunctionHost } from "../../core/functions/function-host.ts";
import { OBJECT_SLOTS } from "../../core/functions/limits.ts";
import { ObjectUsage } from "../../core/metrics/object-usage.ts";
import { beginCopy } from "../segment/manifest.ts";
import { CorruptError } from "../segment/store.ts";
import { Alarm } from "../leaf/alarm.ts";
import { EventWrites } from "./event-writes.ts";
import { isFull } from "../../core/scatter/leaf-errors.ts";
import { functionHost } from "./function-host.ts";
import { Gate, type Pointless } from "../leaf/gate.ts";
import type { LeafIndex } from "./leaf-index.ts";
import { leafPlace, type LeafPlace } from "./leaf-place.ts";
import { SegmentMeter } from "./leaf-meter.ts";
import { LeafState } from "./leaf-state.ts";
import { Membership } from "./membership.ts";
import { MeteredSql } from "../leaf/metered-sql.ts";
import { LeafReplication } from "./replication/leaf-replication.ts";
import { ALARM_MS } from "./replication/limits.ts";
import { ReplicaTransport } from "./replication/transport.ts";
import { TermTransport } from "./term-feed/term-transport.ts";
import { LeafMoves } from "./resharding/leaf-moves.ts";
import { forgetDocuments } from "./resharding/forget-documents.ts";
import { indexOn } from "./index-on.ts";
import { SqlStore } from "../leaf/sql-store.ts";

export abstract class OpenLeaf extends DurableObject<DocumentsBindings> {
  readonly usage: ObjectUsage;
  private readonly segmentMeter: SegmentMeter;
  protected readonly sql: MeteredSql;
  protected eventWrites: EventWrites;
  protected readonly place: LeafPlace;
  protected readonly state: LeafState;
  protected readonly membership: Membership;
  protected readonly alarmClock: Alarm;
  protected readonly terms: TermTransport;
  protected replication: LeafReplication;
  protected moves: LeafMoves;
  protected readonly gate: Gate;
  protected readonly functions: FunctionHost;
  /** Opened when it is first needed, since opening it can fail. */
  protected opened: LeafIndex | undefined;

  constructor(ctx: DurableObjectState, env: DocumentsBindings) {
    super(ctx, env);
    this.usage = new ObjectUsage("collection", ctx, env.CATALOG);
    this.sql = new MeteredSql(ctx.storage.sql, this.usage);
    this.place = leafPlace(ctx.id.name);
    this.segmentMeter = new SegmentMeter(this.place);
    this.gate = new Gate(this.place);
    this.functions = functionHost(env, OBJECT_SLOTS);
    this.state = new LeafState(this.sql);
    this.membership = new Membership({
      place: this.place,
      state: this.state,
      catalog: env.CATALOG,
      adopted: (current, before) => this.adopted(current, before),
    });
    this.eventWrites = this.readEventWrites();
    this.alarmClock = new Alarm(ctx.storage, this.usage);
    this.terms = new TermTransport(env, () => this.gate.faults);
    this.moves = this.beginMoves();
    this.replication = this.beginReplication();
    const { collection } = this.state;
    if (collection === undefined) return;
    this.usage.isOf(collection.name);
    this.replication.declared(collection);
  }

  /** Runs a read where somebody still waits for it, and this leaf has reached what the read wants to see. */
  protected async read<T extends object>(
    ref: CollectionRef,
    read: ReadOptions = {},
    run: (index: LeafIndex, pointless: Pointless) => T,
  ): Promise<Result<T>> {
    const { minSequence = 0 } = read;
    const pointless = await this.gate.admit(ref, read);
    if ("ok" in pointless) return pointless;
    const entered = await this.membership.enter(ref);
    if ("ok" in entered) return entered;
    // Others may have taken over already: what is read here must not be older than what they have answered.
    if (this.state.isFenced) await this.membership.look(ref.id);
    const floor = this.state.collection?.floors?.[this.place.shard] ?? 0;
    try {
      const refused = (await this.replication.reach(Math.max(minSequence, floor))) ?? pointless();
      if (refused !== undefined) return refused;
    } catch (error) {
      return this.corrupt(error);
    }
    return this.serve(ref, (index) => run(index, pointless));
  }

  /** Runs a request against the index, in one turn. */
  protected async serve<T extends object>(
    ref: CollectionRef,
    run: (index: LeafIndex, collection: Collection) => T,
  ): Promise<Result<T>> {
    const collection = await this.membership.enter(ref);
    if ("ok" in collection) return collection;
    return this.attempt(() => ({ ok: true, ...run(this.index, collection) }));
  }

  protected async adopted(current: Collection, before: Collection | undefined): Promise<void> {
    this.usage.isOf(current.name);
    const isRedeclared = JSON.stringify(before?.fields) !== JSON.stringify(current.fields);
    if (isRedeclared) this.opened = undefined;
    this.replication.declared(current);
    this.replication.ship();
    // Segments of before may be outdated.
    if (before !== undefined && isRedeclared) await this.alarmClock.by(Date.now());
    if (this.replication.keepLogAfter !== undefined) await this.alarmClock.by(Date.now() + ALARM_MS);
  }

  /** The index, declared as the collection is. */
  protected get index(): LeafIndex {
    if (this.opened !== undefined) return this.opened;
    const { collection } = this.state;
    if (collection === undefined) throw new Error("a leaf without a collection has no documents");
    const index = indexOn(this.store(), this.place, collection.layout);
    index.keepLogAfter = this.replication.keepLogAfter;
    index.declare(collection.fields);
    this.opened = index;
    return index;
  }

  protected store(): SqlStore {
    return new SqlStore(this.sql, this.ctx.storage);
  }

  protected beginReplication(): LeafReplication {
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
        get followedAfter() {
          return leaf.moves.followedAfter;
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

  protected beginMoves(): LeafMoves {
    return new LeafMoves({
      place: this.place,
      state: this.state,
      index: () => this.index,
      eventWrites: () => this.eventWrites,
      isReplicated: () => this.replication.isConfirmed,
      reset: () => {
        forgetDocuments(this.ctx.storage, this.store(), this.sql, this.state, this.index.position);
        this.opened = undefined;
        this.eventWrites = this.readEventWrites();
      },
      changing: () => void this.replication.beforeWrite(),
      changed: () => {
        this.replication.ship();
        void this.scheduleMerge();
      },
    });
  }

  protected readEventWrites(): EventWrites {
    return new EventWrites(this.sql, this.state.moved.horizon);
  }

  /** After what may have changed the segments. */
  protected async scheduleMerge(): Promise<void> {
    const { opened, state, sql } = this;
    if (opened === undefined || state.collection === undefined) return;
    const isDue = opened.mergeDue();
    this.segmentMeter.look(state.collection.name, opened, sql.bytes);
    if (isDue) await this.alarmClock.by(Date.now());
  }

  /** Runs what reads rows. What is damaged is answered as such, and a replica gets it anew; anything else is thrown on. */
  protected attempt<T>(run: () => Result<T>): Result<T> {
    try {
      return run();
    } catch (error) {
      return this.broken(error);
    }
  }

  protected broken(error: unknown): Failure {
    // What a transaction that failed has remembered did not happen.
    this.eventWrites = this.readEventWrites();
    return isFull(error) ? failure("internal", "The shard's storage is full.") : this.corrupt(error);
  }

  protected corrupt(error: unknown): Failure {
    if (!(error instanceof CorruptError)) throw error;
    console.error(JSON.stringify({ event: "leaf-corrupt", leaf: this.ctx.id.toString(), part: error.part }));
    this.replication.foundDamage();
    return failure("corrupt", `The leaf's ${error.part} is damaged.`);
  }
}
