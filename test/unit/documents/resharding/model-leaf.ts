/**
 * A leaf without a Worker: its disk outlives its instance, which can die at any write. What runs in it is what runs in a leaf: the index
 * engine with its log, who is let in, and both sides of a move.
 */
import type { Collection } from "../../../../core/collection.ts";
import { refOf, generationOf } from "../../../../core/collection.ts";
import type { StoredDocument } from "../../../../core/contracts/documents.ts";
import type { CollectionRef } from "../../../../core/contracts/search.ts";
import { failure, type Result } from "../../../../core/errors.ts";
import type { LeafPlace } from "../../../../shard-workers/documents/leaf-place.ts";
import { CHANGED, Membership } from "../../../../shard-workers/documents/membership.ts";
import {
  applyOperations,
  putStored,
} from "../../../../shard-workers/documents/replication/follower-store.ts";
import type {
  MovedEvents,
  MovePiece,
  MoveProgress,
  MoveRequest,
} from "../../../../shard-workers/documents/resharding/messages.ts";
import {
  moveIn,
  NOTHING_MOVED,
  type Moved,
  type MoveStore,
} from "../../../../shard-workers/documents/resharding/move-in.ts";
import { MoveOut, type SourceLeaf } from "../../../../shard-workers/documents/resharding/move-out.ts";
import { beginAnew } from "../../../../shard-workers/segment/manifest.ts";
import type { MemoryStore } from "../../segment/memory-store.ts";
import { Disk, NodeIndex } from "../replication/node.ts";
import type { World } from "./world.ts";

/** Beside the engine's rows, which count from 0. */
const STATE_KEY = -1;

interface State {
  collection?: Collection;
  fencedAt?: number;
  moved: Moved;
  /** By row, from 1. */
  events: { id: string; order: string }[];
}

const NOTHING: State = { moved: NOTHING_MOVED, events: [] };

/** What a leaf runs until it dies. */
class Instance implements SourceLeaf, MoveStore {
  readonly leaf: ModelLeaf;
  readonly membership: Membership;
  readonly out = new MoveOut(this);
  private state: State;
  private opened: NodeIndex | undefined;

  constructor(leaf: ModelLeaf) {
    this.leaf = leaf;
    const row = leaf.disk.read(STATE_KEY);
    this.state = row === undefined ? NOTHING : (JSON.parse(new TextDecoder().decode(row)) as State);
    this.membership = new Membership({
      place: leaf.place,
      state: this,
      catalog: {
        getCollectionById: async () =>
          leaf.world.call(
            () => leaf.world.catalog.collection,
            () => leaf.current === this,
          ),
      },
      adopted: async () => undefined,
    });
  }

  get place(): LeafPlace {
    return this.leaf.place;
  }
  get collection(): Collection | undefined {
    return this.state.collection;
  }
  get moved(): Moved {
    return this.state.moved;
  }
  get sequence(): number {
    return this.index.position.sequence;
  }
  get documents(): number {
    return this.index.documentCount();
  }
  get isReplicated(): boolean {
    return true;
  }
  get clock(): number {
    return Math.max(this.index.engine.batches.clock, this.moved.clock);
  }
  get isFenced(): boolean {
    return this.state.fencedAt !== undefined && this.state.fencedAt === this.collection?.epoch;
  }
  get events(): State["events"] {
    return this.state.events;
  }

  get index(): NodeIndex {
    if (this.opened === undefined) {
      this.opened = new NodeIndex(this.leaf.disk);
      this.opened.engine.declare({ body: { type: "text" } });
    }
    return this.opened;
  }

  adopt(collection: Collection): void {
    this.save({ ...this.state, collection });
  }
  fence(): void {
    if (this.collection !== undefined) this.save({ ...this.state, fencedAt: this.collection.epoch });
  }
  forget(): void {
    this.state = NOTHING;
    this.opened = undefined;
    this.leaf.disk.rows.clear();
  }

  eventsAfter(row: number, isWanted: (id: string) => boolean): MovedEvents {
    // Few at a time, so that there are often more.
    const upTo = Math.min(this.events.length, row + 5);
    const orders = this.events.slice(row, upTo).filter(({ id }) => isWanted(id));
    return { orders, row: upTo, more: upTo < this.events.length, horizon: row };
  }

  take({ pulled, events }: MovePiece, upTo: string | undefined, moved: Moved): void {
    const { entries, documents = [] } =
      pulled.kind === "entries" ? { entries: pulled.entries } : pulled.piece;
    const next = { ...this.state, moved, events: [...this.events, ...events.orders] };
    this.index.batch(() => {
      for (const entry of entries) applyOperations(this.index, entry, upTo);
      for (const document of documents) putStored(this.index, document);
      this.write(next);
      if (this.leaf.world.random() < 0.05) this.index.engine.flush();
    });
    this.state = next;
    if (this.leaf.world.random() < 0.1) this.index.engine.mergeStep();
  }

  reset(): void {
    this.leaf.world.resets += 1;
    const { position } = this.index;
    const next = { ...this.state, moved: NOTHING_MOVED, events: [] };
    this.leaf.disk.transaction(() => {
      const { disk } = this.leaf;
      beginAnew(disk, position);
      this.write(next);
    });
    this.state = next;
    this.opened = undefined;
  }

  /** Writes a document, or deletes it (null): what is not there has no version. */
  put(id: string, value: number | null): number | undefined {
    const { index, leaf } = this;
    if (value === null && index.engine.versionOf(id) === undefined) return undefined;
    index.keepLogAfter = this.out.keepLogAfter;
    const version = Math.max(this.clock + 1, leaf.world.versionMin);
    const next = { ...this.state, events: [...this.events, { id, order: String(version) }] };
    index.batch(() => {
      if (value === null) index.delete(id, version);
      else index.put({ id, version, json: JSON.stringify({ value }), value: { value } });
      this.write(next);
      if (leaf.world.random() < leaf.world.flushShare) index.engine.flush();
    });
    this.state = next;
    return version;
  }

  private save(state: State): void {
    this.leaf.disk.transaction(() => this.write(state));
    this.state = state;
  }

  private write(state: State): void {
    this.leaf.disk.write(STATE_KEY, new TextEncoder().encode(JSON.stringify(state)));
  }
}

export class ModelLeaf {
  readonly place: LeafPlace;
  readonly world: World;
  readonly disk: MemoryStore = new Disk(() => this.kill());
  current: Instance | undefined;

  constructor(world: World, place: LeafPlace) {
    this.world = world;
    this.place = place;
  }

  /** The instance is gone, with everything that is not on the disk. */
  kill(): void {
    this.current = undefined;
    this.disk.crashAtWrite(Infinity);
  }

  private get instance(): Instance {
    this.current ??= new Instance(this);
    return this.current;
  }

  async write(
    ref: CollectionRef,
    id: string,
    value: number | null,
  ): Promise<Result<{ version: number | undefined }>> {
    const { instance } = this;
    const collection = await instance.membership.enter(ref);
    if ("ok" in collection) return collection;
    if (instance.isFenced) {
      await instance.membership.look(ref.id);
      return failure("unavailable", "held");
    }
    return { ok: true, version: instance.put(id, value) };
  }

  /** All documents, or one. */
  async read(ref: CollectionRef, id?: string): Promise<Result<{ documents: StoredDocument[] }>> {
    const { instance } = this;
    const entered = await instance.membership.enter(ref);
    if ("ok" in entered) return entered;
    if (instance.isFenced) await instance.membership.look(ref.id);
    const collection = await instance.membership.enter(ref);
    if ("ok" in collection) return collection;
    const found = id === undefined ? undefined : instance.index.engine.get(id);
    if (id !== undefined) return { ok: true, documents: found === undefined ? [] : [found] };
    return { ok: true, documents: [...instance.index.engine.documentsAfter("")] };
  }

  async moveOut(request: MoveRequest): Promise<Result<{ piece: MovePiece }>> {
    const { instance } = this;
    const collection = await instance.membership.follow(request.ref);
    if ("ok" in collection) return collection;
    const piece = instance.out.piece(request);
    return "ok" in piece ? piece : { ok: true, piece };
  }

  async moveIn(ref: CollectionRef, source: number): Promise<Result<MoveProgress>> {
    const { instance, place, world } = this;
    const collection = await instance.membership.follow(ref);
    if ("ok" in collection) return collection;
    const isCurrent = instance.membership.whileBuilding();
    if (!isCurrent()) return CHANGED;
    const old = world.leaf(source, generationOf(collection));
    const { generation, shard: target } = place;
    return moveIn(
      {
        store: instance,
        pull: async (_, at) =>
          world.call(
            async () => old.moveOut({ ref: refOf(collection), generation, target, at }),
            () => this.current === instance,
          ),
        isCurrent,
      },
      source,
    );
  }

  async fence(ref: CollectionRef): Promise<Result<object>> {
    const { instance } = this;
    const collection = await instance.membership.enter(ref);
    if ("ok" in collection) return collection;
    instance.fence();
    return { ok: true };
  }

  async purge(): Promise<void> {
    this.instance.membership.forget();
  }

  /** What it has, past who is let in. */
  get content(): Map<string, StoredDocument> {
    return new Map([...this.instance.index.engine.documentsAfter("")].map((found) => [found.id, found]));
  }

  /** By document, the event that wrote it last. */
  get lastEvents(): Map<string, string> {
    return new Map(this.instance.events.map(({ id, order }) => [id, order]));
  }
}
