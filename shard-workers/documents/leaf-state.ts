/** What a leaf knows of its collection. One row, kept in memory. What it holds of it, the index knows. */
import type { Collection } from "../../core/collection.ts";
import type { MeteredSql } from "../leaf/metered-sql.ts";
import { NOTHING_MOVED, type Moved } from "./resharding/move-in.ts";

const SCHEMA =
  "CREATE TABLE IF NOT EXISTS leaf (key INTEGER PRIMARY KEY CHECK (key = 1), state TEXT NOT NULL)";

interface Persisted {
  collection: Collection;
  /** The epoch at which it takes no writes, since it is handed over. */
  fencedAt?: number;
  /** What it has from the leaves before it. */
  moved?: Moved;
}

export class LeafState {
  private readonly sql: MeteredSql;
  private persisted: Persisted | undefined;

  constructor(sql: MeteredSql) {
    this.sql = sql;
    const [table] = sql.all<{ name: string }>(
      "SELECT name FROM sqlite_master WHERE type = 'table' AND name = 'leaf'",
    );
    if (table !== undefined) this.read();
  }

  /** The collection as this leaf last heard of it; undefined: it has never been used, or was purged. */
  get collection(): Collection | undefined {
    return this.persisted?.collection;
  }

  /** Whether it takes no writes, until there is another epoch. */
  get isFenced(): boolean {
    return this.persisted !== undefined && this.persisted.fencedAt === this.persisted.collection.epoch;
  }

  get moved(): Moved {
    return this.persisted?.moved ?? NOTHING_MOVED;
  }

  adopt(collection: Collection): void {
    this.keep({ ...this.persisted, collection });
  }

  fence(): void {
    if (this.persisted !== undefined)
      this.keep({ ...this.persisted, fencedAt: this.persisted.collection.epoch });
  }

  /** Part of the caller's transaction, after which `read` is due, however it ends. */
  writeMoved(moved: Moved): void {
    if (this.persisted !== undefined) this.write({ ...this.persisted, moved });
  }

  forget(): void {
    this.persisted = undefined;
  }

  /** Reads what the row says. */
  read(): void {
    const [row] = this.sql.all<{ state: string }>("SELECT state FROM leaf");
    this.persisted = row && (JSON.parse(row.state) as Persisted); // this class's own writing
  }

  private keep(persisted: Persisted): void {
    this.write(persisted);
    this.persisted = persisted;
  }

  private write(persisted: Persisted): void {
    this.sql.run(SCHEMA);
    this.sql.run("INSERT OR REPLACE INTO leaf (key, state) VALUES (1, ?)", JSON.stringify(persisted));
  }
}
