/** The journal's tables, and every query on them. */
import type { EventCounts } from "../../core/contracts/journal.ts";
import { CountedSql } from "../../core/metrics/counted-sql.ts";
import type { ObjectUsage } from "../../core/metrics/object-usage.ts";
import { TOPIC_DEFAULTS, type TopicSettings } from "../../core/contracts/topic-settings.ts";
import { BLOCK_ROWS, TROUBLES_CHARS_MAX } from "./limits.ts";
import type { Attempt } from "../../core/contracts/queue.ts";
import type { Listener, Settled } from "./progress.ts";
import type { First } from "./rows.ts";
import { decodeKeys, type KeyHash } from "./recent-keys.ts";

/**
 * `accepted` and `unheard` count from the topic's beginning through the row, so that the last row alone gives totals.
 * `blocks` has a row for each block that was confirmed in or that a newer block has followed; `dueAt` is null when
 * nothing of it is in flight. `troubles` has a row for each delivery in which something failed.
 */
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS log (
    sequence INTEGER PRIMARY KEY,
    acceptedAt INTEGER NOT NULL,
    count INTEGER NOT NULL,
    accepted INTEGER NOT NULL,
    unheard INTEGER NOT NULL,
    listeners TEXT NOT NULL,
    keys BLOB NOT NULL,
    events TEXT NOT NULL
  );
  CREATE TABLE IF NOT EXISTS blocks (
    block INTEGER PRIMARY KEY,
    dueAt INTEGER,
    newestAt INTEGER NOT NULL,
    delivered INTEGER NOT NULL,
    filtered INTEGER NOT NULL,
    dead INTEGER NOT NULL,
    progress TEXT NOT NULL
  );
  CREATE INDEX IF NOT EXISTS blocks_due ON blocks (dueAt) WHERE dueAt IS NOT NULL;
  CREATE TABLE IF NOT EXISTS troubles (
    sequence INTEGER NOT NULL,
    pipeline TEXT NOT NULL,
    detail TEXT NOT NULL,
    PRIMARY KEY (sequence, pipeline)
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS settings (only INTEGER PRIMARY KEY CHECK (only = 1), detail TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS replays (sequence INTEGER PRIMARY KEY, firsts TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS journal (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    topic TEXT NOT NULL,
    delivered INTEGER NOT NULL,
    filtered INTEGER NOT NULL,
    dead INTEGER NOT NULL
  );
`;

/** A log row but for its events. */
export interface LogRow {
  sequence: number;
  acceptedAt: number;
  count: number;
  accepted: number;
  unheard: number;
  listeners: Listener[];
}

export interface KeyRow {
  sequence: number;
  acceptedAt: number;
  keys: KeyHash[];
}

/** What is known of an event that failed in a pipeline. */
export interface Trouble {
  failures: number;
  waits: number;
  error: string;
  /** All that went wrong, what went wrong alike in a row taken together; the latest last. */
  history?: Attempt[];
  /** The sinks that have the event. */
  done?: string[];
  /** It is handed over to be run alone; how often that was begun, and when last. */
  alone?: { starts: number; startedAt: number };
  /** How often it was handed over since then, and when that is to be done next. */
  handed: number;
  dueAt: number;
}

/** By the event's place in its row. */
export type Troubles = Record<number, Trouble>;

type Head = Omit<LogRow, "listeners"> & { listeners: string };

export class JournalStore {
  private readonly storage: DurableObjectStorage;
  private readonly sql: CountedSql;
  private initialized: boolean;
  private known: TopicSettings | undefined;

  constructor(storage: DurableObjectStorage, usage?: Pick<ObjectUsage, "rows">) {
    this.storage = storage;
    this.sql = new CountedSql(storage.sql, usage);
    this.initialized =
      this.sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'journal'").toArray().length > 0;
    // One that was made before a table was added gets it now.
    if (this.initialized) this.sql.exec(SCHEMA);
  }

  /** Whether anything was ever appended. Until then there are no tables: to ask about a topic leaves no trace. */
  get exists(): boolean {
    return this.initialized;
  }

  create(topic: string): void {
    if (this.initialized) return;
    this.transaction(() => {
      this.sql.exec(SCHEMA);
      this.sql.exec("INSERT INTO journal VALUES (1, ?, 0, 0, 0)", topic);
    });
    this.initialized = true;
    this.known = undefined;
  }

  get topic(): string {
    return this.sql.exec<{ topic: string }>("SELECT topic FROM journal").one().topic;
  }

  /** What its user has set, and the platform's where nothing is. */
  get settings(): TopicSettings {
    this.known ??= this.readSettings();
    return this.known;
  }

  configure(settings: Partial<TopicSettings>): void {
    this.sql.exec("INSERT OR REPLACE INTO settings VALUES (1, ?)", JSON.stringify(settings));
    this.known = undefined;
  }

  private readSettings(): TopicSettings {
    if (!this.initialized) return TOPIC_DEFAULTS;
    const [row] = this.sql.exec<{ detail: string }>("SELECT detail FROM settings").toArray();
    // This class's own writing, so its type is known.
    const set = row === undefined ? {} : (JSON.parse(row.detail) as Partial<TopicSettings>);
    return { ...TOPIC_DEFAULTS, ...set };
  }

  get bytes(): number {
    return this.sql.databaseSize;
  }

  transaction<T>(work: () => T): T {
    return this.storage.transactionSync(work);
  }

  lastRow(): LogRow | undefined {
    return this.heads("ORDER BY sequence DESC LIMIT 1")[0];
  }

  rowsOfBlock(block: number): LogRow[] {
    return this.heads("WHERE sequence >= ? AND sequence < ? ORDER BY sequence", ...rangeOf(block));
  }

  private heads(rest: string, ...bindings: number[]): LogRow[] {
    return this.sql
      .exec<Head>(
        `SELECT sequence, acceptedAt, count, accepted, unheard, listeners FROM log ${rest}`,
        ...bindings,
      )
      .toArray()
      .map((row) => ({ ...row, listeners: decodeListeners(row.listeners) }));
  }

  appendRow(row: LogRow, keys: ArrayBuffer, events: readonly string[]): void {
    const { sequence, acceptedAt, count, accepted, unheard, listeners } = row;
    this.sql.exec(
      "INSERT INTO log VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
      sequence,
      acceptedAt,
      count,
      accepted,
      unheard,
      JSON.stringify(listeners.map(({ pipeline, version }) => [pipeline, version])),
      keys,
      // JSON on one line has no line break in it, so that events are found without parsing their neighbours.
      events.join("\n"),
    );
  }

  /** A row's events as JSON, and when they were accepted; undefined when their retention has ended. */
  eventsOf(sequence: number): { acceptedAt: number; events: string[] } | undefined {
    const [row] = this.sql
      .exec<{ acceptedAt: number; events: string }>(
        "SELECT acceptedAt, events FROM log WHERE sequence = ?",
        sequence,
      )
      .toArray();
    return row && { acceptedAt: row.acceptedAt, events: row.events.split("\n") };
  }

  /** Rows after `after` that were accepted in the time, oldest first, replays left out. */
  sequencesBetween(from: number, to: number, after: number, limit: number): number[] {
    return this.sql
      .exec<{ sequence: number }>(
        `SELECT sequence FROM log WHERE sequence > ? AND acceptedAt >= ? AND acceptedAt < ?
           AND NOT EXISTS (SELECT 1 FROM replays WHERE replays.sequence = log.sequence)
         ORDER BY sequence LIMIT ?`,
        after,
        from,
        to,
        limit,
      )
      .toArray()
      .map(({ sequence }) => sequence);
  }

  saveFirsts(sequence: number, firsts: readonly (First | null)[]): void {
    this.sql.exec("INSERT INTO replays VALUES (?, ?)", sequence, JSON.stringify(firsts));
  }

  /** Where a row's events stood first; undefined when the row is no replay. */
  firstsOf(sequence: number): (First | null)[] | undefined {
    const [row] = this.sql
      .exec<{ firsts: string }>("SELECT firsts FROM replays WHERE sequence = ?", sequence)
      .toArray();
    // This class's own writing, so its type is known.
    return row === undefined ? undefined : (JSON.parse(row.firsts) as (First | null)[]);
  }

  /** The keys of rows before `before`, the newest first. */
  *keysBefore(before: number, limit: number): Generator<KeyRow> {
    const rows = this.sql.exec<{ sequence: number; acceptedAt: number; keys: ArrayBuffer }>(
      "SELECT sequence, acceptedAt, keys FROM log WHERE sequence < ? ORDER BY sequence DESC LIMIT ?",
      before,
      limit,
    );
    for (const row of rows) yield { ...row, keys: decodeKeys(row.keys) };
  }

  blockRow(block: number): { progress: string; settled: Settled } | undefined {
    const [row] = this.sql
      .exec<{ delivered: number; filtered: number; dead: number; progress: string }>(
        "SELECT delivered, filtered, dead, progress FROM blocks WHERE block = ?",
        block,
      )
      .toArray();
    if (row === undefined) return undefined;
    const { progress, ...settled } = row;
    return { progress, settled };
  }

  saveBlock(block: number, dueAt: number, newestAt: number, settled: Settled, progress: string): void {
    this.sql.exec(
      "INSERT OR REPLACE INTO blocks VALUES (?, ?, ?, ?, ?, ?, ?)",
      block,
      Number.isFinite(dueAt) ? dueAt : null,
      newestAt,
      settled.delivered,
      settled.filtered,
      settled.dead,
      progress,
    );
  }

  /** Blocks of which something is to be handed over, the longest due first. */
  dueBlocks(now: number, limit: number): number[] {
    return this.sql
      .exec<{ block: number }>("SELECT block FROM blocks WHERE dueAt <= ? ORDER BY dueAt LIMIT ?", now, limit)
      .toArray()
      .map(({ block }) => block);
  }

  /** When the first written block is due; infinity when none is in flight. */
  nextDueAt(): number {
    const { dueAt } = this.sql.exec<{ dueAt: number | null }>("SELECT MIN(dueAt) AS dueAt FROM blocks").one();
    return dueAt ?? Number.POSITIVE_INFINITY;
  }

  troublesOf(sequence: number, pipeline: string): Troubles {
    const [row] = this.sql
      .exec<{ detail: string }>(
        "SELECT detail FROM troubles WHERE sequence = ? AND pipeline = ?",
        sequence,
        pipeline,
      )
      .toArray();
    // This class's own writing, so its type is known.
    return row === undefined ? {} : (JSON.parse(row.detail) as Troubles);
  }

  saveTroubles(sequence: number, pipeline: string, troubles: Troubles): void {
    let detail = JSON.stringify(troubles);
    if (detail.length > TROUBLES_CHARS_MAX) {
      for (const trouble of Object.values(troubles)) delete trouble.history;
      detail = JSON.stringify(troubles);
    }
    this.sql.exec("INSERT OR REPLACE INTO troubles VALUES (?, ?, ?)", sequence, pipeline, detail);
  }

  counts(): EventCounts {
    const last = this.lastRow();
    const settled = this.sql
      .exec<{ delivered: number; filtered: number; dead: number }>(
        `SELECT SUM(delivered) AS delivered, SUM(filtered) AS filtered, SUM(dead) AS dead
         FROM (SELECT delivered, filtered, dead FROM blocks UNION ALL SELECT delivered, filtered, dead FROM journal)`,
      )
      .one();
    const accepted = last?.accepted ?? 0;
    const filtered = settled.filtered + (last?.unheard ?? 0);
    const { delivered, dead } = settled;
    return { accepted, delivered, filtered, dead, inFlight: accepted - delivered - filtered - dead };
  }

  /**
   * Settled blocks before `block` whose time is over, the oldest first; with `pressed`, settled blocks whatever
   * their age, but for those that hold dead events.
   */
  expiredBlocks(block: number, now: number, pressed: boolean, limit: number): number[] {
    const deadline = pressed ? now : now - this.settings.retentionMs;
    return this.sql
      .exec<{ block: number }>(
        `SELECT block FROM blocks
         WHERE block < ? AND dueAt IS NULL AND newestAt <= CASE WHEN dead > 0 THEN ? ELSE ? END
         ORDER BY block LIMIT ?`,
        block,
        now - this.settings.deadRetentionMs,
        deadline,
        limit,
      )
      .toArray()
      .map(({ block: expired }) => expired);
  }

  /** When the first settled block before `block` expires; infinity when there is none. */
  nextExpiryAt(block: number): number {
    const { expiresAt } = this.sql
      .exec<{ expiresAt: number | null }>(
        `SELECT MIN(newestAt + CASE WHEN dead > 0 THEN ? ELSE ? END) AS expiresAt
         FROM blocks WHERE block < ? AND dueAt IS NULL`,
        this.settings.deadRetentionMs,
        this.settings.retentionMs,
        block,
      )
      .one();
    return expiresAt ?? Number.POSITIVE_INFINITY;
  }

  /** Lets a block go; the ledger keeps its counts. */
  dropBlock(block: number): void {
    this.transaction(() => {
      this.sql.exec(
        `UPDATE journal SET delivered = journal.delivered + blocks.delivered,
           filtered = journal.filtered + blocks.filtered, dead = journal.dead + blocks.dead
         FROM blocks WHERE blocks.block = ?`,
        block,
      );
      this.sql.exec("DELETE FROM blocks WHERE block = ?", block);
      this.sql.exec("DELETE FROM troubles WHERE sequence >= ? AND sequence < ?", ...rangeOf(block));
      this.sql.exec("DELETE FROM replays WHERE sequence >= ? AND sequence < ?", ...rangeOf(block));
      this.sql.exec("DELETE FROM log WHERE sequence >= ? AND sequence < ?", ...rangeOf(block));
    });
  }
}

/** The block of a log row. */
export function blockOf(sequence: number): number {
  return Math.floor(sequence / BLOCK_ROWS);
}

function rangeOf(block: number): [number, number] {
  return [block * BLOCK_ROWS, (block + 1) * BLOCK_ROWS];
}

function decodeListeners(text: string): Listener[] {
  // This class's own writing, so its type is known.
  return (JSON.parse(text) as [string, number][]).map(([pipeline, version]) => ({ pipeline, version }));
}
