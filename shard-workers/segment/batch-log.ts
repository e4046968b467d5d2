/**
 * The log of batches: what was answered and is in no segment yet, and, while others follow this engine, what they have not
 * confirmed. A batch's rows are numbered by its sequence, so that they are found by it; the position after a batch is
 * part of what is durable with it.
 */
import { LOG_START, type LogEntry, type Position } from "../../core/contracts/replication.ts";
import { LOG_FLUSHES_MAX, LOG_ROWS_A_BATCH_MAX } from "./limits.ts";
import { LogBatch, readLogRow, type Place, type ReplayedOperation } from "./log.ts";
import type { Manifest } from "./manifest.ts";
import { CorruptError, logKey, seal, unseal, type SegmentStore } from "./store.ts";

/** What of the manifest is the log's. */
export type LogManifest = Pick<Manifest, "sequence" | "clock" | "replayFrom" | "flushes">;

/** The log has no last row. */
const LOG_END = Number.MAX_SAFE_INTEGER;

/** The number of a batch's row. */
function rowOf(sequence: number, part: number): number {
  return sequence * LOG_ROWS_A_BATCH_MAX + part;
}

export class BatchLog {
  private readonly store: SegmentStore;
  private committed: Position = LOG_START;
  /** The highest version given, also by a batch that is under way. */
  private latest = 0;
  /** Rows from this one on are replayed. */
  private replayFrom = 0;
  /** The sequences at the last flushes, oldest first, as far back as rows are kept. */
  private flushes: readonly number[] = [];
  private readonly batch = new LogBatch();
  /** Operations of the batch that is under way, those in front of a flush in its middle among them. */
  private begun = 0;
  private parts = 0;
  private characters = 0;
  /** Where the batch that is under way leads, when another engine has decided that. */
  private target: Position | undefined;

  constructor(store: SegmentStore, { sequence, clock, replayFrom, flushes }: LogManifest) {
    this.store = store;
    this.committed = { sequence, clock };
    this.latest = clock;
    this.replayFrom = replayFrom;
    this.flushes = flushes;
  }

  /** The position that is durable, or will be with the transaction that is under way. */
  get position(): Position {
    return this.committed;
  }

  get clock(): number {
    return this.latest;
  }

  /** Operations of the batch that no segment has yet. */
  get operations(): number {
    return this.batch.operations;
  }

  /** Characters of the batch that is under way. */
  get batchCharacters(): number {
    return this.characters;
  }

  /** What is in no segment, in order. To be gone through once, before anything else. */
  *replay(): Generator<ReplayedOperation> {
    for (const key of this.store.keys(logKey(this.replayFrom), LOG_END)) {
      for (const operation of readLogRow(unseal(key, this.store.read(key)))) {
        if (operation.kind === "begin") continue;
        this.latest = Math.max(this.latest, operation.version);
        yield operation;
      }
      const sequence = Math.floor((key - logKey(0)) / LOG_ROWS_A_BATCH_MAX);
      this.committed = { sequence, clock: this.latest };
    }
  }

  /** `target`: where the batch leads, when it was decided elsewhere; else to the next sequence, if it has operations. */
  begin(target?: Position): void {
    this.target = target;
    this.characters = 0;
  }

  put(id: string, version: number, json: string, replaced?: Place): void {
    this.count(version);
    this.characters += id.length + json.length;
    this.batch.put(id, version, json, replaced);
  }

  delete(id: string, version: number, deleted?: Place): void {
    this.count(version);
    this.batch.delete(id, version, deleted);
  }

  /**
   * What the manifest is to say of a flush that takes everything so far into a segment. Part of the flush's transaction.
   * `keepAfter`: rows of batches after this sequence stay for those that follow, as far as there is room; undefined:
   * nobody follows.
   */
  flushed(keepAfter: number | undefined): LogManifest {
    const next = this.next();
    if (keepAfter !== undefined) {
      this.writeRows();
      this.flushes = [...this.flushes, next.sequence].slice(-LOG_FLUSHES_MAX);
    } else if (this.batch.take().length > 0) {
      // Nobody may take what comes of this batch after the flush for the whole of it.
      this.parts += 1;
    }
    this.removeUpTo(keepAfter ?? this.committed.sequence);
    this.replayFrom = this.begun === 0 ? rowOf(next.sequence + 1, 0) : rowOf(next.sequence, this.parts);
    return { ...next, replayFrom: this.replayFrom, flushes: [...this.flushes] };
  }

  /** Makes the batch part of the log. Part of its transaction. */
  commit(): void {
    this.writeRows();
    this.committed = this.next();
    this.begun = 0;
    this.parts = 0;
    this.target = undefined;
  }

  /**
   * The batches after a sequence, the first of them whole and then as many as have about so many characters. Undefined when
   * the log no longer reaches back so far.
   */
  entriesAfter(after: number, charactersMax: number): LogEntry[] | undefined {
    const entries: LogEntry[] = [];
    let characters = 0;
    for (let sequence = after + 1; sequence <= this.committed.sequence; sequence++) {
      const entry = this.entry(sequence);
      if (entry === undefined) break;
      for (const operation of entry.operations)
        characters += operation.id.length + (operation.kind === "put" ? operation.json.length : 0);
      if (entries.length > 0 && characters > charactersMax) break;
      entries.push(entry);
    }
    return entries.length === 0 && after < this.committed.sequence ? undefined : entries;
  }

  private entry(sequence: number): LogEntry | undefined {
    const keys = this.store.keys(logKey(rowOf(sequence, 0)), logKey(rowOf(sequence + 1, 0)));
    if (keys[0] !== logKey(rowOf(sequence, 0))) return undefined;
    const entry: LogEntry = { after: LOG_START, position: LOG_START, operations: [] };
    let clock = 0;
    try {
      for (const key of keys) {
        for (const operation of readLogRow(unseal(key, this.store.read(key)))) {
          if (operation.kind === "begin") {
            entry.after = { sequence: sequence - 1, clock: operation.clock };
            clock = operation.clock;
            continue;
          }
          clock = Math.max(clock, operation.version);
          entry.operations.push(withoutPlace(operation));
        }
      }
    } catch (error) {
      // A row that is damaged is as good as one that is gone: whoever needs it copies the documents instead.
      if (error instanceof CorruptError) return undefined;
      throw error;
    }
    return { ...entry, position: { sequence, clock } };
  }

  private count(version: number): void {
    if (this.begun === 0) this.batch.begin(this.committed.clock);
    this.begun += 1;
    this.latest = Math.max(this.latest, version);
  }

  private next(): Position {
    if (this.target !== undefined) return this.target;
    if (this.begun === 0) return this.committed;
    return { sequence: this.committed.sequence + 1, clock: this.latest };
  }

  private writeRows(): void {
    const { sequence } = this.next();
    for (const row of this.batch.take()) {
      if (this.parts >= LOG_ROWS_A_BATCH_MAX) throw new RangeError("a batch is too large for the log");
      const key = logKey(rowOf(sequence, this.parts++));
      this.store.write(key, seal(key, row));
    }
  }

  /** Rows that nobody needs: those up to here, and those that are older than as many flushes as are kept. */
  private removeUpTo(keepAfter: number): void {
    const oldest = this.flushes.length < LOG_FLUSHES_MAX ? 0 : (this.flushes[0] ?? 0);
    const upTo = Math.min(Math.max(keepAfter, oldest), this.committed.sequence);
    for (const key of this.store.keys(logKey(0), logKey(rowOf(upTo + 1, 0)))) this.store.remove(key);
  }
}

function withoutPlace(operation: ReplayedOperation): LogEntry["operations"][number] {
  const { id, version } = operation;
  return operation.kind === "put"
    ? { kind: "put", id, version, json: operation.json }
    : { kind: "delete", id, version };
}
