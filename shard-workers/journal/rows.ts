/** Cuts what is to be appended into log rows. */
import { ROW_BYTES_MAX, ROW_MARKS_MAX } from "./limits.ts";

export interface First {
  sequence: number;
  index: number;
  acceptedAt: number;
}

/** An event on its way into the log. */
export interface Entry {
  id: string;
  source: string;
  /** The pipeline that published it, if one did. */
  via?: string;
  /** For what is replayed: its place and time when it was accepted first. */
  first?: First;
  /** The event as JSON, on one line, and its length in UTF-8. */
  json: string;
  bytes: number;
}

/** Rows of whole events, in order: almost always one. `listeners`: how many pipelines each event is for. */
export function cutIntoRows(entries: readonly Entry[], listeners: number): Entry[][] {
  const countMax = Math.max(1, Math.floor(ROW_MARKS_MAX / Math.max(1, listeners)));
  const rows: Entry[][] = [];
  let row: Entry[] = [];
  let bytes = 0;
  for (const entry of entries) {
    if (row.length > 0 && (row.length === countMax || bytes + entry.bytes > ROW_BYTES_MAX)) {
      rows.push(row);
      row = [];
      bytes = 0;
    }
    row.push(entry);
    bytes += entry.bytes + 1;
  }
  if (row.length > 0) rows.push(row);
  return rows;
}
