/** What the primary gives a replica that pulls. Pure: the log and the documents are passed in. */
import {
  LOG_START,
  samePosition,
  type LogEntry,
  type Position,
} from "../../../core/contracts/replication.ts";
import type { StoredDocument } from "../../../core/contracts/documents.ts";
import { COPY_CHARACTERS_MAX, ENTRIES_CHARACTERS_MAX } from "./limits.ts";
import type { CopyPiece, Pulled, Whereabouts } from "./messages.ts";

/** What the primary can look up, all of it in one turn, so that it belongs together. */
export interface FeedSource {
  readonly position: Position;
  /** At least one, about so many characters; undefined: the log does not reach back so far. */
  entriesAfter(sequence: number, charactersMax: number): LogEntry[] | undefined;
  /** Documents with an id after this one, in the order of ids. */
  page(afterId: string, charactersMax: number): { documents: StoredDocument[]; done: boolean };
}

/**
 * 1. A replica that is whole gets the entries after its position.
 * 2. One that copies gets the entries after its position, and when these lead up to now, the next documents as they are now.
 * 3. One that the log does not lead on from, since it reaches back less far or tells another history, begins anew.
 */
export function feed(source: FeedSource, { position, copiedTo }: Whereabouts): Pulled {
  const head = source.position;
  const entries = copiedTo === "" ? undefined : entriesFrom(source, position);
  if (entries === undefined) {
    return { kind: "copy", anew: true, piece: nextDocuments(source, [], ""), head };
  }
  if (copiedTo === undefined) return { kind: "entries", entries, head };
  const reached = entries.at(-1)?.position ?? position;
  if (samePosition(reached, head) && charactersOf(entries) <= ENTRIES_CHARACTERS_MAX) {
    return { kind: "copy", anew: false, piece: nextDocuments(source, entries, copiedTo), head };
  }
  const piece = { entries, documents: [], position: reached, copiedTo };
  return { kind: "copy", anew: false, piece, head };
}

/** The entries that lead on from a position; undefined when none do. */
function entriesFrom(source: FeedSource, position: Position): LogEntry[] | undefined {
  const head = source.position;
  if (position.sequence >= head.sequence) return samePosition(position, head) ? [] : undefined;
  const entries = source.entriesAfter(position.sequence, ENTRIES_CHARACTERS_MAX);
  return samePosition(entries?.[0]?.after ?? LOG_START, position) ? entries : undefined;
}

function nextDocuments(source: FeedSource, entries: LogEntry[], afterId: string): CopyPiece {
  const { documents, done } = source.page(afterId, COPY_CHARACTERS_MAX);
  const piece = { entries, documents, position: source.position };
  return done ? piece : { ...piece, copiedTo: documents.at(-1)?.id ?? afterId };
}

function charactersOf(entries: readonly LogEntry[]): number {
  let characters = 0;
  for (const { operations } of entries) {
    for (const operation of operations) {
      characters += operation.id.length + (operation.kind === "put" ? operation.json.length : 0);
    }
  }
  return characters;
}
