/** The engine's rows in a leaf's SQLite: one table, a BLOB a row. */
import type { SegmentStore } from "../segment/store.ts";
import type { MeteredSql } from "./metered-sql.ts";

/** What of a Durable Object's storage transactions need. */
type Transactions = Pick<DurableObjectStorage, "transactionSync">;

export class SqlStore implements SegmentStore {
  private readonly sql: MeteredSql;
  private readonly storage: Transactions;
  private readonly table: string;
  private created = false;

  /** `part`: where a leaf has several engines, which of them these rows are of. */
  constructor(sql: MeteredSql, storage: Transactions, part?: number) {
    this.sql = sql;
    this.storage = storage;
    this.table = part === undefined ? "segment_rows" : `segment_rows_${part}`;
  }

  transaction<T>(run: () => T): T {
    return this.storage.transactionSync(run);
  }

  read(key: number): Uint8Array | undefined {
    this.create();
    const [row] = this.sql.all<{ data: ArrayBuffer }>(`SELECT data FROM ${this.table} WHERE key = ?`, key);
    return row === undefined ? undefined : new Uint8Array(row.data);
  }

  write(key: number, bytes: Uint8Array): void {
    this.create();
    this.sql.run(`INSERT OR REPLACE INTO ${this.table} (key, data) VALUES (?, ?)`, key, exactBuffer(bytes));
  }

  remove(key: number): void {
    this.create();
    this.sql.run(`DELETE FROM ${this.table} WHERE key = ?`, key);
  }

  keys(from: number, to: number): number[] {
    this.create();
    return this.sql
      .all<{ key: number }>(`SELECT key FROM ${this.table} WHERE key >= ? AND key < ? ORDER BY key`, from, to)
      .map(({ key }) => key);
  }

  /** The table, before the first use: a leaf that was never written to has none. */
  private create(): void {
    if (this.created) return;
    this.sql.run(`CREATE TABLE IF NOT EXISTS ${this.table} (key INTEGER PRIMARY KEY, data BLOB NOT NULL)`);
    this.created = true;
  }
}

/** SQLite takes a buffer whole. */
function exactBuffer(bytes: Uint8Array): ArrayBuffer {
  const { buffer, byteOffset, byteLength } = bytes;
  if (buffer instanceof ArrayBuffer && byteOffset === 0 && byteLength === buffer.byteLength) return buffer;
  return new Uint8Array(bytes).buffer;
}
