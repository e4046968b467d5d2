/** What leaves say to each other, and to the coordinator, while a collection is resharded. */
import type { CollectionRef } from "../../../core/contracts/search.ts";
import type { Pulled, Whereabouts } from "../replication/messages.ts";

/** How far a new leaf has come with what it takes from one old one. */
export interface PartPlace extends Whereabouts {
  /** The row up to which it has the record of events' writes. */
  eventRow: number;
}

/** From a new leaf to an old one: what of this one's documents it lacks. */
export interface MoveRequest {
  ref: CollectionRef;
  /** The new leaf: its generation, and its shard there. */
  generation: number;
  target: number;
  at: PartPlace;
}

/** Which events wrote documents last, in the order of their writes. */
export interface MovedEvents {
  orders: { id: string; order: string }[];
  /** The row up to which these go, and whether there are rows after it. */
  row: number;
  more: boolean;
  /** Events' writes before this time may be missing: epoch milliseconds. */
  horizon: number;
}

/** What an old leaf has for a new one: of its documents and its log that which belongs there. */
export interface MovePiece {
  pulled: Pulled;
  events: MovedEvents;
  /** No version that it has given is higher, also of what was deleted. */
  clock: number;
  /** Documents that the old leaf has, for whoever watches. */
  documents: number;
}

/** How a new leaf stands to one old one after a piece. */
export interface MoveProgress {
  /** It has all documents, as of some moment. */
  whole: boolean;
  /** It has everything that the old leaf had when it was asked. */
  current: boolean;
  /** The sequence that the new leaf has reached with it. */
  sequence: number;
  /** Its replicas had everything that came before this piece. */
  replicated: boolean;
  /** Documents that the new leaf has, and that the old one has. */
  documents: number;
  sourceDocuments: number;
}
