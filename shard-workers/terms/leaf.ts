/**
 * The term leaf: one Durable Object, which owns the terms of a collection whose hash falls to it.
 *
 * Invariants: a leaf serves only requests of its own epoch, and learns of a newer one from the Catalog, never from a caller; a track's
 * rows are durable with the position that they lead to, so that a death at any point leaves a leaf that is behind, never one that
 * is wrong; what a leaf has not been told of by a shard it does not answer for. All that it has can be had again from the document
 * leaves: what is damaged is thrown away.
 */
import { DurableObject } from "cloudflare:workers";
import type { Collection } from "../../core/collection.ts";
import type { CatalogApi } from "../../core/contracts/catalog.ts";
import type { ReadOptions } from "../../core/contracts/read-options.ts";
import type { CollectionRef } from "../../core/contracts/search.ts";
import type { TermPush, TermPushAnswer } from "../../core/contracts/terms.ts";
import { failure, type Failure, type Result } from "../../core/errors.ts";
import { meterRequests, ObjectUsage } from "../../core/metrics/object-usage.ts";
import { Alarm } from "../leaf/alarm.ts";
import { Gate } from "../leaf/gate.ts";
import { MeteredSql } from "../leaf/metered-sql.ts";
import { SqlStore } from "../leaf/sql-store.ts";
import { CorruptError } from "../segment/store.ts";
import type { ShipAnswer } from "./gather-lists.ts";
import type { TermLeafApi, TermStatsAnswer, WeighAnswer, WeighQuestion } from "./leaf-stub.ts";
import { PUSH_WAIT_MS } from "./limits.ts";
import { PushWaiters } from "./push-waiters.ts";
import { searchAtHome, type HomeAnswer, type HomeQuestion } from "./search-terms.ts";
import { ship } from "./ship.ts";
import { TermCalls, type ShipQuestion } from "./term-calls.ts";
import { sameTexts, TermIndex } from "./term-index.ts";
import { TermLeafState } from "./term-leaf-state.ts";

export class TermLeaf extends DurableObject<TermsBindings> implements TermLeafApi {
  readonly usage: ObjectUsage;
  private readonly sql: MeteredSql;
  private readonly state: TermLeafState;
  private readonly alarmClock: Alarm;
  private readonly gate: Gate;
  private readonly pushes = new PushWaiters();
  /** Opened when it is first needed, since opening it can fail. */
  private opened: TermIndex | undefined;
  /** Purges so far: what was asked before one is not to be believed after it. */
  private purges = 0;

  constructor(ctx: DurableObjectState, env: TermsBindings) {
    super(ctx, env);
    this.usage = new ObjectUsage("collection", ctx, env.CATALOG);
    this.sql = new MeteredSql(ctx.storage.sql, this.usage);
    this.state = new TermLeafState(this.sql);
    if (this.state.collection !== undefined) this.usage.isOf(this.state.collection.name);
    this.alarmClock = new Alarm(ctx.storage, this.usage);
    this.gate = new Gate({ shard: Number(ctx.id.name?.split("/").at(-1) ?? 0), replica: 0 });
  }

  async push(push: TermPush): Promise<TermPushAnswer> {
    const struck = await this.gate.strike("replication", push.ref);
    if (struck !== undefined) return struck;
    // Skeletons are cut by the fields of an epoch: those of another would be taken for whole.
    const collection = await this.enter(push.ref);
    if ("ok" in collection) return collection;
    const answer = this.attempt((index) => ({ place: index.take(push) }));
    this.pushes.wake();
    await this.scheduleMerge();
    return answer;
  }

  async weigh(question: string, read: ReadOptions): Promise<WeighAnswer> {
    const { ref, leaf, ownership, plan } = JSON.parse(question) as WeighQuestion; // `TermCalls`' writing, as are the others
    return this.read(ref, read, (index) => ({ postings: index.weigh(plan, leaf, ownership) }));
  }

  async ship(question: string, candidates: Uint8Array[] | undefined, read: ReadOptions): Promise<ShipAnswer> {
    const { ref, request } = JSON.parse(question) as ShipQuestion;
    return this.read(ref, read, (index) => ({
      ...ship(index.segments, request, candidates),
      sequences: index.sequences,
    }));
  }

  async rank(asked: string, read: ReadOptions): Promise<HomeAnswer> {
    const home = JSON.parse(asked) as HomeQuestion;
    const { ref } = home.question;
    const ready = await this.read(ref, read, () => ({}));
    if (!ready.ok) return ready;
    const calls = new TermCalls(this.env, this.ctx, ref, read.deadlineMs ?? Infinity);
    try {
      const answer = await searchAtHome(home, {
        index: () => this.index,
        ask: async (leaf, request, candidates) => calls.ship(leaf, request, candidates),
      });
      return { ok: true, ...answer, reports: calls.reports };
    } catch (error) {
      return this.damaged(error);
    }
  }

  async stats(ref: CollectionRef): Promise<TermStatsAnswer> {
    const collection = await this.enter(ref);
    if ("ok" in collection) return collection;
    return this.attempt((index) => ({ bytes: this.sql.bytes, sequences: index.sequences }));
  }

  async cancel(requestId: string): Promise<void> {
    this.gate.cancel(requestId);
  }

  async purge(): Promise<void> {
    this.purges += 1;
    this.state.forget();
    this.opened = undefined;
    this.pushes.wake();
    await this.ctx.storage.deleteAll();
  }

  /** Goes on with merging, a bounded step at a time, so that requests get in between. */
  override async alarm(): Promise<void> {
    this.alarmClock.rang();
    if (this.state.collection === undefined) return;
    const merged = this.attempt((index) => {
      index.mergeStep();
      return {};
    });
    if (merged.ok) await this.scheduleMerge();
  }

  /** Runs a read where somebody still waits for it, and this leaf has what the read is to see. */
  private async read<T extends object>(
    ref: CollectionRef,
    read: ReadOptions,
    run: (index: TermIndex) => T,
  ): Promise<Result<T>> {
    const pointless = await this.gate.admit(ref, read);
    if ("ok" in pointless) return pointless;
    const collection = await this.enter(ref);
    if ("ok" in collection) return collection;
    const refused = (await this.reach(ref)) ?? pointless();
    if (refused !== undefined) return refused;
    return this.attempt(run);
  }

  /** Waits, and not for long, until every track can answer and has reached what the read is to see. */
  private async reach({ minSequences = {} }: CollectionRef): Promise<Failure | undefined> {
    const endsAt = Date.now() + PUSH_WAIT_MS;
    for (;;) {
      const looked = this.attempt(({ tracks }) => ({
        lacking: tracks.flatMap(({ serves, place }, shard) =>
          serves && place.position.sequence >= (minSequences[shard] ?? 0) ? [] : [shard],
        ),
      }));
      if (!looked.ok) return looked;
      if (looked.lacking.length === 0) return undefined;
      if (!(await this.pushes.next(endsAt - Date.now()))) {
        const shards = looked.lacking.join(", ");
        return failure("replica-behind", `The term leaf has not got yet what shard ${shards} has.`);
      }
      if (this.state.collection === undefined)
        return failure("unknown-collection", "The collection is no longer there.");
    }
  }

  /** Lets a request of this leaf's epoch in; asks the Catalog when the caller's is newer, or the leaf is new. */
  private async enter(ref: CollectionRef): Promise<Collection | Failure> {
    await this.learn(ref);
    const { collection } = this.state;
    if (collection === undefined) return failure("unknown-collection", "The collection is no longer there.");
    if (collection.epoch === ref.epoch) return collection;
    return failure("stale-epoch", "The collection has changed; read its declaration again.");
  }

  /** Adopts the collection as the Catalog has it now, if it still has it. */
  private async learn(ref: CollectionRef): Promise<void> {
    if ((this.state.collection?.epoch ?? 0) >= ref.epoch) return;
    const { purges } = this;
    const catalog: Pick<CatalogApi, "getCollectionById"> = this.env.CATALOG;
    const current = await catalog.getCollectionById(ref.id);
    // A purge or another request may have been here while this one waited.
    const before = this.state.collection;
    if (current === null || this.purges !== purges || current.epoch <= (before?.epoch ?? 0)) return;
    if (current.layout !== "terms") return;
    this.state.adopt(current);
    this.usage.isOf(current.name);
    // In the turn of the adoption, and so durable with it.
    this.opened =
      before === undefined || sameTexts(before.fields, current.fields) ? undefined : this.open(current, true);
  }

  /** The index, as the collection is declared. */
  private get index(): TermIndex {
    const { collection } = this.state;
    if (collection === undefined) throw new Error("a leaf without a collection has no terms");
    return (this.opened ??= this.open(collection, false));
  }

  private open({ shards, fields }: Collection, anew: boolean): TermIndex {
    return new TermIndex(shards, fields, (shard) => new SqlStore(this.sql, this.ctx.storage, shard), anew);
  }

  private async scheduleMerge(): Promise<void> {
    if (this.opened?.mergeDue() === true) await this.alarmClock.by(Date.now());
  }

  /** Runs what reads rows, in one turn. */
  private attempt<T extends object>(run: (index: TermIndex) => T): Result<T> {
    try {
      return { ok: true, ...run(this.index) };
    } catch (error) {
      return this.damaged(error);
    }
  }

  /** What is damaged is copied anew, all of it; anything else is thrown on. */
  private damaged(error: unknown): Failure {
    if (!(error instanceof CorruptError)) throw error;
    const { collection } = this.state;
    console.error(
      JSON.stringify({ event: "term-leaf-corrupt", leaf: this.ctx.id.toString(), part: error.part }),
    );
    this.opened = undefined;
    const shards = collection?.shards ?? 0;
    for (let shard = 0; shard < shards; shard++)
      TermIndex.discard(new SqlStore(this.sql, this.ctx.storage, shard));
    return failure("replica-behind", `The term leaf's ${error.part} is damaged, and is copied anew.`);
  }
}

const TERM_LEAF_REQUESTS: Readonly<Record<keyof TermLeafApi | "alarm", true>> = {
  push: true,
  weigh: true,
  ship: true,
  rank: true,
  stats: true,
  cancel: true,
  purge: true,
  alarm: true,
};
meterRequests(TermLeaf, TERM_LEAF_REQUESTS);
