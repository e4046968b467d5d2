/**
 * A track follows its shard's log: it applies what the shard's primary decided, in the primary's order, batch by batch, each whole and
 * with its position; and where the log does not lead on, a copy, made in the order of ids, in pieces that lead from one place to the
 * next. What does not lead on from where the track is changes nothing: the answer says where that is, and the primary goes on from
 * there. So messages may be lost, late, doubled or out of order.
 */
import type { Fields } from "../../core/collection.ts";
import { samePosition, type LogEntry } from "../../core/contracts/replication.ts";
import type { TermPush, TrackPlace } from "../../core/contracts/terms.ts";
import { compareText } from "../segment/searchable.ts";
import type { Track } from "./term-index.ts";

export function takePush(track: Track, { entries, copy, head, documents }: TermPush, fields: Fields): void {
  // A push that was held up says less than one that came before it.
  if (track.head === undefined || head.sequence >= track.head.position.sequence)
    track.head = { position: head, documents };
  if (copy === undefined) {
    for (const entry of entries) apply(track, entry);
    return;
  }
  if (!samePlace(track.place, copy.from)) return;
  // What is searched by older fields goes on to be, until it has been copied over.
  if (copy.anew && track.engine.outdatedDocuments() === 0) track.reset(fields);
  takePiece(track, entries, copy);
}

function apply(track: Track, entry: LogEntry): void {
  const { engine, place } = track;
  if (place.copiedTo !== undefined || !samePosition(place.position, entry.after)) return;
  engine.batch(() => applyOperations(track, entry, undefined), entry.position);
}

/** `upTo`: of a copy, whose other documents are still to come as they are by then. */
function applyOperations(track: Track, { operations }: LogEntry, upTo: string | undefined): void {
  for (const operation of operations) {
    if (upTo !== undefined && compareText(operation.id, upTo) > 0) continue;
    if (operation.kind === "put") track.put(operation.id, operation.version, operation.json);
    else track.engine.delete(operation.id, operation.version);
  }
}

function takePiece(track: Track, entries: readonly LogEntry[], copy: NonNullable<TermPush["copy"]>): void {
  const { engine } = track;
  const upTo = engine.copiedTo ?? "";
  const { documents, to } = copy;
  engine.copy(
    () => {
      for (const entry of entries) applyOperations(track, entry, upTo);
      const there = new Set(documents.map(({ id }) => id));
      // Over what was here before: of these ids, what the shard no longer has.
      for (const id of idsBetween(track, upTo, to.copiedTo))
        if (!there.has(id)) engine.delete(id, to.position.clock);
      for (const { id, version, json } of documents) track.put(id, version, json);
    },
    to.position,
    to.copiedTo,
  );
}

function idsBetween({ engine }: Track, after: string, upTo: string | undefined): string[] {
  const ids: string[] = [];
  for (const { id } of engine.documentsAfter(after)) {
    if (upTo !== undefined && compareText(id, upTo) > 0) break;
    ids.push(id);
  }
  return ids;
}

function samePlace(a: TrackPlace, b: TrackPlace): boolean {
  return samePosition(a.position, b.position) && a.copiedTo === b.copiedTo;
}
