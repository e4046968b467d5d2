/** What a leaf knows of itself: its collection, its sequence, its clock. One row, kept in memory. */
import type { Collection } from "../../core/collection.ts";
import type { MeteredSql } from "./metered-sql.ts";

const SCHEMA =
  "CREATE TABLE IF NOT EXISTS leaf (key INTEGER PRIMARY KEY CHECK (key = 1), state TEXT NOT NULL)";

/** Versions are a hybrid logical clock: 1,024 a millisecond stay exact in a double until the year 2248. */
const VERSIONS_A_MS = 1024;

interface Persisted {
  collection: Collection;
  sequence: number;
  version: number;
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

  /** Batches of writes so far. */
  get sequence(): number {
    return this.persisted?.sequence ?? 0;
  }

  adopt(collection: Collection): void {
    this.sql.run(SCHEMA);
    this.persisted = { collection, sequence: this.sequence, version: this.persisted?.version ?? 0 };
    this.save();
  }

  /**
   * A version above every one before it, also those of deleted documents and of another leaf that a slot came from
   * (Kulkarni et al., "Logical Physical Clocks", 2014). It is durable with `commitBatch`.
   */
  nextVersion(): number {
    if (this.persisted === undefined) throw new Error("a leaf without a collection writes nothing");
    this.persisted.version = Math.max(this.persisted.version + 1, Date.now() * VERSIONS_A_MS);
    return this.persisted.version;
  }

  /** Counts a batch; part of the caller's transaction. */
  commitBatch(): void {
    if (this.persisted === undefined) return;
    this.persisted.sequence += 1;
    this.save();
  }

  forget(): void {
    this.persisted = undefined;
  }

  private save(): void {
    this.sql.run("INSERT OR REPLACE INTO leaf (key, state) VALUES (1, ?)", JSON.stringify(this.persisted));
  }
}
