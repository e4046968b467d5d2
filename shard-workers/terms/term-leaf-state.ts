/** What a term leaf knows of its collection: a row, kept in memory. */
import type { Collection } from "../../core/collection.ts";
import type { MeteredSql } from "../leaf/metered-sql.ts";

export class TermLeafState {
  private readonly sql: MeteredSql;
  private adopted: Collection | undefined;

  constructor(sql: MeteredSql) {
    this.sql = sql;
    if (sql.all("SELECT 1 FROM sqlite_master WHERE name = 'term_leaf'").length === 0) return;
    const [row] = sql.all<{ collection: string }>("SELECT collection FROM term_leaf");
    if (row !== undefined) this.adopted = JSON.parse(row.collection) as Collection; // this class's own writing
  }

  /** As the Catalog had it last; undefined: the leaf has never been used, or was purged. */
  get collection(): Collection | undefined {
    return this.adopted;
  }

  adopt(collection: Collection): void {
    this.sql.run("CREATE TABLE IF NOT EXISTS term_leaf (key INTEGER PRIMARY KEY, collection TEXT NOT NULL)");
    this.sql.run("INSERT OR REPLACE INTO term_leaf VALUES (1, ?)", JSON.stringify(collection));
    this.adopted = collection;
  }

  forget(): void {
    this.adopted = undefined;
  }
}
