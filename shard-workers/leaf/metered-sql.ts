/** SQLite with a meter: every row read and written is billed, so every statement is counted. */

export class MeteredSql {
  rowsRead = 0;
  rowsWritten = 0;
  private readonly sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.sql = sql;
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
      this.rowsRead += cursor.rowsRead;
      this.rowsWritten += cursor.rowsWritten;
    }
  }

  run(query: string, ...bindings: SqlStorageValue[]): void {
    const cursor = this.sql.exec(query, ...bindings);
    this.rowsRead += cursor.rowsRead;
    this.rowsWritten += cursor.rowsWritten;
  }
}
