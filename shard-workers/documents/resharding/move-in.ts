/**
 * The side of a new leaf: piece by piece it takes its documents from the old ones that have them, each a part. Its place in a part is
 * durable with the documents that it stands for, so that it can die at any point, and be asked for the same twice.
 *
 * To the new leaf itself a piece is a batch like any other: its replicas follow its log.
 */
import { LOG_START, samePosition } from "../../../core/contracts/replication.ts";
import type { Result } from "../../../core/errors.ts";
import type { PartPlace, MovePiece, MoveProgress } from "./messages.ts";

/** What a new leaf has, besides its documents. Also after it has taken over: it is the memory of what came before it. */
export interface Moved {
  /** By old shard. */
  parts: Record<number, PartPlace>;
  /** No version that the old leaves have given is higher, also of what was deleted. */
  clock: number;
  /** Events' writes before this time may have been forgotten by the old leaves: epoch milliseconds. */
  horizon: number;
}

export const NOTHING_MOVED: Moved = { parts: {}, clock: 0, horizon: 0 };

/** Each method is one transaction. */
export interface MoveStore {
  readonly moved: Moved;
  readonly sequence: number;
  readonly documents: number;
  /** Whether all replicas of the new leaf have everything that it has. */
  readonly isReplicated: boolean;
  /** `upTo`: of a part that is not whole, the id up to which it has all documents; undefined: it is whole. */
  take(piece: MovePiece, upTo: string | undefined, moved: Moved): void;
  /** Forgets everything, as if it had never been asked. */
  reset(): void;
}

export interface MoveInSetting {
  store: MoveStore;
  /** May reject: the old leaf could not be reached. */
  pull: (source: number, at: PartPlace) => Promise<Result<{ piece: MovePiece }>>;
  /** Whether the leaf is still what it was when it asked. */
  isCurrent: () => boolean;
}

const BEGINNING: PartPlace = { position: LOG_START, copiedTo: "", eventRow: 0 };

/** Brings one part a piece forward. */
export async function moveIn(
  { store, pull, isCurrent }: MoveInSetting,
  source: number,
): Promise<Result<MoveProgress>> {
  const at = store.moved.parts[source] ?? BEGINNING;
  const answer = await pull(source, at);
  if (!answer.ok) return answer;
  if (!isCurrent()) return { ok: false, code: "stale-epoch", message: "The leaf has changed meanwhile." };
  const { piece } = answer;
  const replicated = store.isReplicated;
  const { head } = piece.pulled;
  // Somebody else has brought it forward, or it was begun anew.
  if (samePlace(at, store.moved.parts[source] ?? BEGINNING)) {
    if (isAnew(piece) && at.copiedTo !== "") {
      // What it has of the part may be missing from what comes: deletions that nobody tells of any more.
      store.reset();
    } else {
      const next = placeAfter(at, piece);
      if (!samePlace(at, next)) store.take(piece, at.copiedTo, movedAfter(store.moved, source, next, piece));
    }
  }
  const reached = store.moved.parts[source] ?? BEGINNING;
  const whole = reached.copiedTo === undefined;
  return {
    ok: true,
    whole,
    current: whole && samePosition(reached.position, head) && !piece.events.more,
    sequence: store.sequence,
    replicated,
    documents: store.documents,
    sourceDocuments: piece.documents,
  };
}

function isAnew({ pulled }: MovePiece): boolean {
  return pulled.kind === "copy" && pulled.anew;
}

function placeAfter({ position }: PartPlace, { pulled, events }: MovePiece): PartPlace {
  const eventRow = events.row;
  if (pulled.kind === "entries") {
    return { position: pulled.entries.at(-1)?.position ?? position, eventRow };
  }
  const { position: reached, copiedTo } = pulled.piece;
  return { position: reached, eventRow, ...(copiedTo === undefined ? {} : { copiedTo }) };
}

function movedAfter(moved: Moved, source: number, next: PartPlace, { clock, events }: MovePiece): Moved {
  return {
    parts: { ...moved.parts, [source]: next },
    clock: Math.max(moved.clock, clock),
    horizon: Math.max(moved.horizon, events.horizon),
  };
}

function samePlace(a: PartPlace, b: PartPlace): boolean {
  return samePosition(a.position, b.position) && a.copiedTo === b.copiedTo && a.eventRow === b.eventRow;
}
