/**
 * The side of an old leaf: it gives new ones the documents of their slots, and what its log says of them. To it, a new leaf is a
 * replica that wants a part of everything: the same feed serves both.
 */
import { generationOf, type Collection } from "../../../core/collection.ts";
import type { LogEntry } from "../../../core/contracts/replication.ts";
import type { Building } from "../../../core/contracts/resharding.ts";
import { failure, type Failure } from "../../../core/errors.ts";
import { evenSlotMap, partsBetween, SLOT_COUNT, slotOf, slotTable } from "../../../core/slots.ts";
import type { LeafIndex } from "../leaf-index.ts";
import type { LeafPlace } from "../leaf-place.ts";
import { feed, type FeedSource } from "../replication/feed.ts";
import { EVENT_CHARACTERS_MAX, PIECE_CHARACTERS_MAX } from "./limits.ts";
import type { MovedEvents, MovePiece, MoveRequest } from "./messages.ts";

/** What of an index is moved. */
export type MovedIndex = Pick<LeafIndex, "position" | "entriesAfter" | "page" | "documentCount">;

/** What the old leaf is to this. */
export interface SourceLeaf {
  readonly place: LeafPlace;
  readonly collection: Collection | undefined;
  /** Open; throws CorruptError. */
  readonly index: MovedIndex;
  /** The highest version that there ever was. */
  readonly clock: number;
  eventsAfter(row: number, isWanted: (id: string) => boolean, charactersMax: number): MovedEvents;
}

export class MoveOut {
  private readonly leaf: SourceLeaf;
  /** Which generation the rest is about. */
  private generation = 0;
  /** By new shard that takes from here, its slots. */
  private slots = new Map<number, Uint8Array>();
  /** By new shard, the sequence up to which it has said to have everything. */
  private readonly reached = new Map<number, number>();

  constructor(leaf: SourceLeaf) {
    this.leaf = leaf;
  }

  /** From where on the log is to be kept; undefined: nothing is moved. */
  get keepLogAfter(): number | undefined {
    const { collection } = this.leaf;
    if (collection?.building === undefined) return undefined;
    this.know(collection, collection.building);
    return Math.min(...this.slots.keys().map((target) => this.reached.get(target) ?? 0));
  }

  /** What a new leaf asks for. All of it is of one moment. */
  piece({ generation, target, at }: MoveRequest): MovePiece | Failure {
    const { collection, index, place } = this.leaf;
    if (collection === undefined || generationOf(collection) !== place.generation) return notMoving();
    if (collection.building?.generation !== generation) return notMoving();
    this.know(collection, collection.building);
    const slots = this.slots.get(target);
    if (slots === undefined) return failure("internal", "That shard takes nothing from this one.");
    this.reached.set(target, at.copiedTo === "" ? index.position.sequence : at.position.sequence);
    const isWanted = (id: string) => slots[slotOf(id)] !== 0;
    return {
      pulled: feed(partOf(index, slots, isWanted), at),
      events: this.leaf.eventsAfter(at.eventRow, isWanted, EVENT_CHARACTERS_MAX),
      clock: this.leaf.clock,
      documents: index.documentCount(),
    };
  }

  private know(collection: Collection, { generation, shards }: Building): void {
    if (this.generation === generation) return;
    this.generation = generation;
    this.reached.clear();
    this.slots = slotsFrom(this.leaf.place.shard, collection, shards);
  }
}

function notMoving(): Failure {
  return failure("stale-epoch", "The collection has changed; read its declaration again.");
}

/** By new shard, which slots it takes from an old one: a number other than 0 for each. */
function slotsFrom(source: number, { slots }: Collection, shards: number): Map<number, Uint8Array> {
  const after = evenSlotMap(shards);
  const table = slotTable(after);
  const before = slotTable(slots);
  const targets = partsBetween(slots, after).filter((part) => part.source === source);
  return new Map(
    targets.map(({ target }) => [
      target,
      Uint8Array.from({ length: SLOT_COUNT }, (_, slot) =>
        table[slot] === target && before[slot] === source ? 1 : 0,
      ),
    ]),
  );
}

/** An index as if it had only some slots. Its log keeps all positions, so that one entry leads on to the next. */
function partOf(index: MovedIndex, slots: Uint8Array, isWanted: (id: string) => boolean): FeedSource {
  return {
    position: index.position,
    entriesAfter: (sequence) =>
      index.entriesAfter(sequence, PIECE_CHARACTERS_MAX)?.map((entry): LogEntry => ({
        ...entry,
        operations: entry.operations.filter(({ id }) => isWanted(id)),
      })),
    page: (afterId) => index.page(afterId, PIECE_CHARACTERS_MAX, slots),
  };
}
