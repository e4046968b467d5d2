/** SQLite with a meter: every row read and written is billed, so every statement is counted. */
import type { ObjectUsage } from "../../core/metrics/object-usage.ts";

export class MeteredSql {
  rowsRead = 0;
  rowsWritten = 0;
  private readonly sql: SqlStorage;
  private readonly usage: Pick<ObjectUsage, "rows"> | undefined;

  constructor(sql: SqlStorage, usage?: Pick<ObjectUsage, "rows">) {
    this.sql = sql;
    this.usage = usage;
  }

  /** The bytes that the database takes, as they are billed. */
  get bytes(): number {
    return this.sql.databaseSize;
  }

  /** Runs a statement and returns all its rows. */
  all<T extends Record<string, SqlStorageValue>>(query: string, ...bindings: SqlStorageValue[]): T[] {
    return [...this.each<T>(query, ...bindings)];
  }

  /** Runs a statement and yields its rows as they come, so that no more than one is in memory. */
  *each<T extends Record<string, SqlStorageValue>>(
    query: string,
    ...bindings: SqlStorageValue[]
  ): Generator<T> {
    const cursor = this.sql.exec<T>(query, ...bindings);
    try {
      yield* cursor;
    } finally {
      this.count(cursor);
    }
  }

  run(query: string, ...bindings: SqlStorageValue[]): void {
    this.count(this.sql.exec(query, ...bindings));
  }

  private count({ rowsRead, rowsWritten }: Pick<SqlStorageCursor<never>, "rowsRead" | "rowsWritten">): void {
    this.rowsRead += rowsRead;
    this.rowsWritten += rowsWritten;
    this.usage?.rows(rowsRead, rowsWritten);
  }
}
