/**
 * The leaf: one Durable Object, which holds one replica of one shard of one collection.
 *
 * Invariants: a leaf serves only requests of its own epoch, and learns of a newer one from the Catalog, never from
 * a caller; once it is fenced it takes no write of that epoch, and answers a read only after a look at the Catalog; what a write answers is durable, whole or not at all (one transaction a batch; the runtime holds the answer
 * back until it is on disk); versions only rise, also over deletions. Damaged data is an answer (`corrupt`), never an
 * exception and never a wrong result.
 */
import type { ExportPage, StoredDocument, WriteOperation } from "../../core/contracts/documents.ts";
import type { LeafScatterAnswer, ScatterErrand, ScatterPlan } from "../../core/contracts/scatter.ts";
import type { CollectionRef, LeafAnswer, SearchPlan } from "../../core/contracts/search.ts";
import type { MatchedDocuments } from "../../core/contracts/terms.ts";
import type { ReadOptions } from "../../core/contracts/read-options.ts";
import { failure, type Result } from "../../core/errors.ts";
import { mapReduceOf } from "../../core/map-reduce/map-reduce.ts";
import { packAnswer, type LeafErrand, type LeafQuestion, type Packed } from "../../core/search-wire.ts";
import { meterRequests } from "../../core/metrics/object-usage.ts";
import { fetchFrom } from "./fetch.ts";
import { beginScatter, mapScan } from "./leaf-scatter.ts";
import { partOf } from "../../core/slots.ts";
import { leafSearch, leafSearchMatches, metered } from "./leaf-search.ts";
import { LEAF_REQUESTS } from "./leaf-meter.ts";
import { PRIMARY, type LeafApi, type LeafStats, type LeafWriteAnswer } from "./leaf-stub.ts";
import { CHANGED } from "./membership.ts";
import { BATCH_CHARACTERS_MAX } from "./replication/limits.ts";
import type { PullAnswer, PullRequest, Push, PushAnswer } from "./replication/messages.ts";
import { HELD, whileHeld } from "./resharding/hold.ts";
import type { MovePiece, MoveProgress, MoveRequest } from "./resharding/messages.ts";
import { nextVersion } from "./versions.ts";
import { applyOperation } from "./write.ts";
import { OpenLeaf } from "./open-leaf.ts";

/** A page of an export, about; one document more than this is still a page. */
const EXPORT_PAGE_BYTES = 1024 * 1024;

export class Leaf extends OpenLeaf implements LeafApi {
  async write(ref: CollectionRef, operations: WriteOperation[]): Promise<LeafWriteAnswer> {
    if (this.place.replica !== PRIMARY) return failure("internal", "Writes go to the primary.");
    const struck = await this.gate.strike("before-write", ref);
    if (struck !== undefined) return struck;
    const answer = await whileHeld(() => this.writeOnce(ref, operations), {
      look: () => this.membership.look(ref.id),
      isOn: () => this.state.isFenced,
    });
    return answer.ok ? ((await this.gate.strike("after-write", ref)) ?? answer) : answer;
  }

  private async writeOnce(ref: CollectionRef, operations: WriteOperation[]): Promise<LeafWriteAnswer> {
    const rowsBefore = this.sql.rowsWritten;
    let alarmSet: Promise<void> | undefined;
    const collection = await this.membership.enter(ref);
    if ("ok" in collection) return collection;
    // In the turn of the write: what comes before the fence is handed over, and nothing comes after it.
    if (this.state.isFenced) return HELD;
    const answer = this.attempt(() => {
      const { index, eventWrites } = this;
      alarmSet = this.replication.beforeWrite();
      const outcomes = index.batch(() =>
        eventWrites.apply(operations, index, Date.now(), (operation) =>
          index.batchCharacters < BATCH_CHARACTERS_MAX
            ? applyOperation(operation, index, collection.fields, () => nextVersion(this.moves))
            : failure("too-large", "The documents of this write are too many bytes for one."),
        ),
      );
      return { ok: true, outcomes, sequence: index.position.sequence };
    });
    await alarmSet;
    if (!answer.ok) return answer;
    this.replication.ship();
    await this.scheduleMerge();
    return { ...answer, rowsWritten: this.sql.rowsWritten - rowsBefore };
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
    const answer = await this.read(ref, { ...read, part: partOf(slots) }, (index) =>
      leafSearch(index, this.sql, plan, shard, slots),
    );
    return packAnswer(answer, answer.ok ? answer.partial : undefined);
  }

  async searchMatches(
    ref: CollectionRef,
    plan: SearchPlan,
    matched: MatchedDocuments,
    read?: ReadOptions,
  ): Promise<LeafAnswer> {
    return this.read(ref, read, (index) => leafSearchMatches(index, this.sql, plan, matched));
  }

  async shipTerms(ref: CollectionRef): Promise<Result<{ sequence: number }>> {
    const answer = await this.read(ref, {}, ({ position }) => ({ sequence: position.sequence }));
    if (answer.ok) await this.replication.shipTerms();
    return answer;
  }

  async scatter(ref: CollectionRef, plan: ScatterPlan, errand: ScatterErrand): Promise<LeafScatterAnswer> {
    const begun = await this.read(ref, { ...errand, part: partOf(errand.slots) }, (index, pointless) => ({
      ...metered(index, this.sql, () => beginScatter(index, plan, errand.slots)),
      index,
      pointless,
    }));
    if (!begun.ok) return begun;
    const { index, pointless } = begun;
    const answer = await mapScan(begun, mapReduceOf(this.functions, plan), (read) => {
      // Whatever is there now, it is not what the scan was begun on.
      if (this.opened !== index) return failure("stale-epoch", "The collection has changed.");
      return pointless() ?? this.attempt(() => ({ ok: true, ...metered(index, this.sql, read) }));
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
    const problem =
      (await this.gate.strike("replication", message.ref)) ?? (await this.membership.follow(message.ref));
    if ("ok" in problem) return problem;
    const answer = this.replication.receive(message);
    return "ok" in answer ? answer : { ok: true, ...answer };
  }

  async pull(request: PullRequest): Promise<PullAnswer> {
    const struck = await this.gate.strike("replication", request.ref);
    if (struck !== undefined) return struck;
    await this.membership.learn(request.ref);
    if (this.state.collection === undefined) {
      return failure("unknown-collection", "The collection is no longer there.");
    }
    return this.attempt(() => {
      const pulled = this.replication.feed(request);
      return "ok" in pulled ? pulled : { ok: true, pulled };
    });
  }

  async moveOut(request: MoveRequest): Promise<Result<{ piece: MovePiece }>> {
    const problem =
      (await this.gate.strike("replication", request.ref)) ?? (await this.membership.follow(request.ref));
    if ("ok" in problem) return problem;
    return this.attempt(() => {
      const piece = this.moves.piece(request);
      return "ok" in piece ? piece : { ok: true, piece };
    });
  }

  async moveIn(ref: CollectionRef, source: number): Promise<Result<MoveProgress>> {
    const collection = (await this.gate.strike("replication", ref)) ?? (await this.membership.follow(ref));
    if ("ok" in collection) return collection;
    const isBuilding = this.membership.whileBuilding();
    if (!isBuilding()) return CHANGED;
    const moved = this.moves.step(this.env, collection, source, isBuilding);
    return moved.catch((error: unknown) => this.broken(error));
  }

  async fence(ref: CollectionRef): Promise<Result<object>> {
    const collection = await this.membership.enter(ref);
    if ("ok" in collection) return collection;
    this.state.fence();
    return { ok: true };
  }

  async purge(): Promise<void> {
    // There are as many term leaves as shards; and this shard knows no longer that there are, once it is purged.
    if (this.state.collection?.layout === "terms" && this.place.replica === PRIMARY)
      await this.terms.purgeLeaf(this.place.collectionId, this.place.shard);
    this.membership.forget();
    this.replication.stop();
    this.replication = this.beginReplication();
    this.moves = this.beginMoves();
    this.opened = undefined;
    this.eventWrites = this.readEventWrites();
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
}

meterRequests(Leaf, LEAF_REQUESTS);
