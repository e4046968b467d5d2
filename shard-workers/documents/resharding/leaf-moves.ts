/** A leaf's part in resharding, both sides: what knows no Worker, tied to the leaf's index and state. */
import { generationOf, refOf, type Collection } from "../../../core/collection.ts";
import type { Failure, Result } from "../../../core/errors.ts";
import { withinDeadline } from "../../../core/within-deadline.ts";
import type { EventWrites } from "../event-writes.ts";
import type { LeafIndex } from "../leaf-index.ts";
import type { LeafPlace } from "../leaf-place.ts";
import type { LeafState } from "../leaf-state.ts";
import { leafStub, PRIMARY } from "../leaf-stub.ts";
import { applyOperations, putStored } from "../replication/follower-store.ts";
import { MOVE_CALL_MS } from "./limits.ts";
import type { MovePiece, MoveProgress, MoveRequest, PartPlace } from "./messages.ts";
import { moveIn, type Moved, type MoveStore } from "./move-in.ts";
import { MoveOut, type SourceLeaf } from "./move-out.ts";

/** What the leaf is to this; its index and the record of events' writes may be others between two calls. */
export interface MovingLeaf {
  readonly place: LeafPlace;
  readonly state: LeafState;
  index(): LeafIndex;
  eventWrites(): EventWrites;
  /** Whether its replicas have all that it has. */
  isReplicated(): boolean;
  /** Empties it. */
  reset(): void;
  /** Documents are about to change, in this turn; and have. */
  changing(): void;
  changed(): void;
}

export class LeafMoves implements SourceLeaf, MoveStore {
  private readonly leaf: MovingLeaf;
  private readonly out = new MoveOut(this);

  constructor(leaf: MovingLeaf) {
    this.leaf = leaf;
  }

  get place(): LeafPlace {
    return this.leaf.place;
  }

  get collection(): Collection | undefined {
    return this.leaf.state.collection;
  }

  get index(): LeafIndex {
    return this.leaf.index();
  }

  get moved(): Moved {
    return this.leaf.state.moved;
  }

  get sequence(): number {
    return this.index.position.sequence;
  }

  get documents(): number {
    return this.index.documentCount();
  }

  get isReplicated(): boolean {
    return this.leaf.isReplicated();
  }

  /** The highest version that there ever was here, and in the leaves that its documents came from. */
  get clock(): number {
    return Math.max(this.index.clock, this.moved.clock);
  }

  /** From where on new leaves need this one's log; undefined: there are none. */
  get followedAfter(): number | undefined {
    return this.leaf.place.replica === PRIMARY ? this.out.keepLogAfter : undefined;
  }

  piece(request: MoveRequest): MovePiece | Failure {
    return this.out.piece(request);
  }

  eventsAfter(...args: Parameters<EventWrites["after"]>): MovePiece["events"] {
    return this.leaf.eventWrites().after(...args);
  }

  /** Takes the next piece from an old leaf. `isCurrent`: whether this leaf is still what it was when it was asked to. */
  async step(
    env: DocumentsBindings,
    collection: Collection,
    source: number,
    isCurrent: () => boolean,
  ): Promise<Result<MoveProgress>> {
    const { generation, shard } = this.place;
    const old = leafStub(env, collection.id, source, PRIMARY, generationOf(collection));
    const pull = async (_: number, at: PartPlace) =>
      withinDeadline(MOVE_CALL_MS, old.moveOut({ ref: refOf(collection), generation, target: shard, at }));
    return moveIn({ store: this, pull, isCurrent }, source);
  }

  take({ pulled, events }: MovePiece, upTo: string | undefined, moved: Moved): void {
    const { index } = this;
    const { state } = this.leaf;
    const eventWrites = this.leaf.eventWrites();
    const { entries, documents = [] } =
      pulled.kind === "entries" ? { entries: pulled.entries } : pulled.piece;
    this.leaf.changing();
    try {
      index.batch(() => {
        for (const entry of entries) applyOperations(index, entry, upTo);
        for (const document of documents) putStored(index, document);
        eventWrites.take(events, Date.now());
        state.writeMoved(moved);
      });
    } finally {
      state.read();
    }
    this.leaf.changed();
  }

  reset(): void {
    this.leaf.reset();
  }
}
