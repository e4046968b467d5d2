/** A Durable Object's SQLite as the runtime offers it, with the rows of each statement counted. */
import type { ObjectUsage } from "./object-usage.ts";

type Row = Record<string, SqlStorageValue>;

export class CountedSql {
  private readonly sql: SqlStorage;
  private readonly usage: Pick<ObjectUsage, "rows"> | undefined;

  constructor(sql: SqlStorage, usage?: Pick<ObjectUsage, "rows">) {
    this.sql = sql;
    this.usage = usage;
  }

  get databaseSize(): number {
    return this.sql.databaseSize;
  }

  exec<T extends Row>(query: string, ...bindings: SqlStorageValue[]): CountedRows<T> {
    return new CountedRows(this.sql.exec<T>(query, ...bindings), this.usage);
  }
}

/** What a statement answers. A statement that answers nothing is through when it is made. */
class CountedRows<T extends Row> {
  private readonly cursor: SqlStorageCursor<T>;
  private readonly usage: Pick<ObjectUsage, "rows"> | undefined;
  private countedRead = 0;
  private countedWritten = 0;

  constructor(cursor: SqlStorageCursor<T>, usage: Pick<ObjectUsage, "rows"> | undefined) {
    this.cursor = cursor;
    this.usage = usage;
    this.count();
  }

  get rowsWritten(): number {
    return this.cursor.rowsWritten;
  }

  toArray(): T[] {
    const rows = this.cursor.toArray();
    this.count();
    return rows;
  }

  one(): T {
    const row = this.cursor.one();
    this.count();
    return row;
  }

  *[Symbol.iterator](): Generator<T> {
    try {
      yield* this.cursor;
    } finally {
      this.count();
    }
  }

  /** What the cursor has read since it was counted last. */
  private count(): void {
    const { rowsRead, rowsWritten } = this.cursor;
    this.usage?.rows(rowsRead - this.countedRead, rowsWritten - this.countedWritten);
    this.countedRead = rowsRead;
    this.countedWritten = rowsWritten;
  }
}
