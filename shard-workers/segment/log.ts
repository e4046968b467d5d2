/**
 * Rows of the log. A row holds a batch, one operation after another; a batch that is too large for a row takes several, in
 * one transaction. The first begins with the clock before the batch. An operation that deletes in an immutable segment
 * names the place, so that a replay looks no id up; a place in a segment that is no more was carried over when that was merged.
 */
import { ByteReader, ByteWriter } from "./bytes.ts";
import { ROW_BYTES_MAX } from "./limits.ts";

/** A document's place in an immutable segment. */
export interface Place {
  segment: number;
  ordinal: number;
}

export type ReplayedOperation =
  | { kind: "put"; id: string; version: number; json: string; replaced?: Place }
  | { kind: "delete"; id: string; version: number; deleted?: Place };

export type LoggedOperation = { kind: "begin"; clock: number } | ReplayedOperation;

const PUT = 1;
const DELETE = 2;
const BEGIN = 3;

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: false, ignoreBOM: true });

/** Collects a batch's operations, and hands out its rows. */
export class LogBatch {
  /** Operations since the last `take`. */
  operations = 0;
  private readonly rows: Uint8Array[] = [];
  private readonly writer = new ByteWriter(64 * 1024);

  begin(clock: number): void {
    this.writer.byte(BEGIN);
    this.writer.varint(clock);
  }

  put(id: string, version: number, json: string, replaced?: Place): void {
    const text = encoder.encode(json);
    this.operation(PUT, id, version, text.length, replaced);
    this.writer.varint(text.length);
    this.writer.bytes(text);
  }

  delete(id: string, version: number, deleted?: Place): void {
    this.operation(DELETE, id, version, 0, deleted);
  }

  /** The rows of the batch; the next operation begins another. */
  take(): Uint8Array[] {
    this.closeRow();
    this.operations = 0;
    return this.rows.splice(0);
  }

  private operation(
    kind: number,
    id: string,
    version: number,
    bytes: number,
    place: Place | undefined,
  ): void {
    if (this.writer.length + bytes > ROW_BYTES_MAX) this.closeRow();
    this.operations += 1;
    this.writer.byte(kind);
    const idBytes = encoder.encode(id);
    this.writer.varint(idBytes.length);
    this.writer.bytes(idBytes);
    this.writer.varint(place === undefined ? 0 : place.segment);
    this.writer.varint(place?.ordinal ?? 0);
    this.writer.varint(version);
  }

  private closeRow(): void {
    if (this.writer.length > 0) this.rows.push(this.writer.copy());
    this.writer.clear();
  }
}

export function* readLogRow(row: Uint8Array): Generator<LoggedOperation> {
  const reader = new ByteReader(row);
  while (!reader.done) {
    const kind = reader.byte();
    if (kind === BEGIN) {
      yield { kind: "begin", clock: reader.varint() };
      continue;
    }
    const id = decoder.decode(reader.bytes(reader.varint()));
    const segment = reader.varint();
    const ordinal = reader.varint();
    const place = segment === 0 ? undefined : { segment, ordinal };
    const version = reader.varint();
    if (kind === DELETE) {
      yield { kind: "delete", id, version, ...(place === undefined ? {} : { deleted: place }) };
    } else {
      const json = decoder.decode(reader.bytes(reader.varint()));
      yield { kind: "put", id, version, json, ...(place === undefined ? {} : { replaced: place }) };
    }
  }
}
