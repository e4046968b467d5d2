/**
 * Which event wrote a document last: so that a repeated delivery changes nothing, and one that was held up overwrites nothing
 * newer. The record is written in the transaction of the write that it is of, a row a batch; a row a document
 * would be a row written for each event.
 *
 * The latest documents are known. Of one that is no longer known, its version tells when it was last written, by whatever: a
 * write of an event that was accepted before that is taken for old.
 */
import type { WriteOperation, WriteOutcome } from "../../core/contracts/documents.ts";
import { acceptedAtOf } from "../../core/document/write-order.ts";
import type { MeteredSql } from "../leaf/metered-sql.ts";
import type { MovedEvents } from "./resharding/messages.ts";
import { VERSIONS_A_MS } from "./versions.ts";

const SCHEMA = `CREATE TABLE IF NOT EXISTS event_writes (
  row INTEGER PRIMARY KEY, writtenAt INTEGER NOT NULL, orders TEXT NOT NULL
)`;

/** Documents that are known: some 2 MB of an isolate that several leaves may share. */
export const KNOWN_DOCUMENTS_MAX = 8_192;

/** Rows go one batch after another; as many stay as hold the known documents, or this many, whichever is less. */
export const KNOWN_ROWS_MAX = 1_024;

type Stored = { row: number; writtenAt: number; orders: string };

interface Row {
  row: number;
  writtenAt: number;
  /** Documents in it, the latest of each or not. */
  count: number;
}

/** What of the index is asked here. */
interface Versions {
  versionOf(id: string): number | undefined;
}

export class EventWrites {
  private readonly sql: MeteredSql;
  /** By document. Undefined: not read yet. */
  private known: Map<string, string> | undefined;
  private rows: Row[] = [];
  private documents = 0;
  /** Writes before this time may be forgotten: epoch milliseconds. */
  private horizon = 0;
  /** What other leaves have forgotten, from which documents came. */
  private readonly horizonMin: number;

  constructor(sql: MeteredSql, horizonMin = 0) {
    this.sql = sql;
    this.horizonMin = horizonMin;
  }

  /**
   * Applies operations in their order, but for writes of events that are not newer than what they would replace. The
   * caller holds a transaction; when it fails, this is to be thrown away with it.
   */
  apply(
    operations: readonly WriteOperation[],
    index: Versions,
    now: number,
    applyOne: (operation: WriteOperation) => WriteOutcome,
  ): WriteOutcome[] {
    const written = new Map<string, string>();
    const outcomes = operations.map((operation): WriteOutcome => {
      const order = operation.kind === "put" ? operation.order : undefined;
      if (order === undefined) return applyOne(operation);
      const { id } = operation;
      if (!this.isNewer(id, order, index, written.get(id))) {
        return { ok: true, id, version: index.versionOf(id) ?? 0, created: false, superseded: true };
      }
      const outcome = applyOne(operation);
      if (outcome.ok) written.set(id, order);
      return outcome;
    });
    if (written.size > 0) this.remember(written, now);
    return outcomes;
  }

  /** What is known of some documents, from the rows after one on, about so many characters of it. */
  after(row: number, isWanted: (id: string) => boolean, charactersMax: number): MovedEvents {
    this.read();
    const events: MovedEvents = { orders: [], row, more: false, horizon: this.horizon };
    let characters = 0;
    for (const { row: next } of this.rows) {
      if (next <= row) continue;
      events.more = characters > charactersMax;
      if (events.more) break;
      for (const [id, order] of this.ordersOf(next)) {
        if (!isWanted(id)) continue;
        events.orders.push({ id, order });
        characters += id.length + order.length;
      }
      events.row = next;
    }
    return events;
  }

  /**
   * Takes what another leaf knew. It counts as written now, so that rows go on rising in time: then more may seem to be forgotten than is, and
   * documents' versions decide. The caller holds a transaction; when it fails, this is to be thrown away with it.
   */
  take({ orders, horizon }: MovedEvents, now: number): void {
    this.read();
    this.horizon = Math.max(this.horizon, horizon);
    if (orders.length > 0) this.remember(new Map(orders.map(({ id, order }) => [id, order])), now);
  }

  private isNewer(id: string, order: string, index: Versions, inBatch: string | undefined): boolean {
    const last = inBatch ?? this.read().get(id);
    if (last !== undefined) return order > last;
    const acceptedAt = acceptedAtOf(order);
    if (acceptedAt >= this.horizon) return true;
    // Looked up only here: it is a search through every segment, which most writes can do without.
    const version = index.versionOf(id);
    return version === undefined || version < acceptedAt * VERSIONS_A_MS;
  }

  private remember(written: ReadonlyMap<string, string>, now: number): void {
    const known = this.read();
    const row = (this.rows.at(-1)?.row ?? 0) + 1;
    this.sql.run(SCHEMA);
    this.sql.run("INSERT INTO event_writes VALUES (?, ?, ?)", row, now, JSON.stringify([...written]));
    this.rows.push({ row, writtenAt: now, count: written.size });
    this.documents += written.size;
    for (const [id, order] of written) {
      // Last in the map is what was written last.
      known.delete(id);
      known.set(id, order);
    }
    this.trim(known);
  }

  /** Lets the oldest rows go, and with them the documents that no later row has. */
  private trim(known: Map<string, string>): void {
    while (this.documents > KNOWN_DOCUMENTS_MAX || this.rows.length > KNOWN_ROWS_MAX) {
      const oldest = this.rows.shift();
      if (oldest === undefined || this.rows.length === 0) return;
      this.sql.run("DELETE FROM event_writes WHERE row = ?", oldest.row);
      this.documents -= oldest.count;
      this.horizon = Math.max(this.horizon, this.rows[0]?.writtenAt ?? 0);
    }
    for (const id of known.keys()) {
      if (known.size <= KNOWN_DOCUMENTS_MAX) return;
      known.delete(id);
    }
  }

  private read(): Map<string, string> {
    if (this.known !== undefined) return this.known;
    const known = new Map<string, string>();
    this.rows = [];
    this.documents = 0;
    const [table] = this.sql.all("SELECT 1 AS there FROM sqlite_master WHERE name = 'event_writes'");
    const rows =
      table === undefined
        ? []
        : this.sql.all<Stored>("SELECT row, writtenAt, orders FROM event_writes ORDER BY row");
    for (const { row, writtenAt, orders } of rows) {
      const written = parseOrders(orders);
      for (const [id, order] of written) known.set(id, order);
      this.rows.push({ row, writtenAt, count: written.length });
      this.documents += written.length;
    }
    // Rows count from 1, so that a later beginning says that some are gone.
    const [first] = this.rows;
    const own = first === undefined || first.row === 1 ? 0 : first.writtenAt;
    this.horizon = Math.max(this.horizonMin, own);
    this.known = known;
    return known;
  }

  private ordersOf(row: number): [id: string, order: string][] {
    const [stored] = this.sql.all<Pick<Stored, "orders">>(
      "SELECT orders FROM event_writes WHERE row = ?",
      row,
    );
    return stored === undefined ? [] : parseOrders(stored.orders);
  }
}

/** This module's own writing, so its type is known. */
function parseOrders(orders: string): [id: string, order: string][] {
  return JSON.parse(orders) as [string, string][];
}
