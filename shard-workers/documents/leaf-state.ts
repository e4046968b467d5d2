/** What a leaf knows of its collection. One row, kept in memory. What it holds of it, the index knows. */
import type { Collection } from "../../core/collection.ts";
import type { MeteredSql } from "../leaf/metered-sql.ts";

const SCHEMA =
  "CREATE TABLE IF NOT EXISTS leaf (key INTEGER PRIMARY KEY CHECK (key = 1), state TEXT NOT NULL)";

interface Persisted {
  collection: Collection;
}

export class LeafState {
  private readonly sql: MeteredSql;
  private persisted: Persisted | undefined;

  constructor(sql: MeteredSql) {
    this.sql = sql;
    const [table] = sql.all<{ name: string }>(
      "SELECT name FROM sqlite_master WHERE type = 'table' AND name = 'leaf'",
    );
    if (table === undefined) return;
    const [row] = sql.all<{ state: string }>("SELECT state FROM leaf");
    if (row !== undefined) this.persisted = JSON.parse(row.state) as Persisted; // this class's own writing
  }

  /** The collection as this leaf last heard of it; undefined: it has never been used, or was purged. */
  get collection(): Collection | undefined {
    return this.persisted?.collection;
  }

  adopt(collection: Collection): void {
    this.sql.run(SCHEMA);
    this.persisted = { collection };
    this.sql.run("INSERT OR REPLACE INTO leaf (key, state) VALUES (1, ?)", JSON.stringify(this.persisted));
  }

  forget(): void {
    this.persisted = undefined;
  }
}
