/** Reshardings as the Catalog keeps them: the latest of each collection. */
import type { Collection } from "../../core/collection.ts";
import { isOver, type Reshard } from "../../core/contracts/resharding.ts";

const SCHEMA = "CREATE TABLE IF NOT EXISTS reshards (collection TEXT PRIMARY KEY, descriptor TEXT NOT NULL)";

/** By the collection's id. */
export class ReshardStore {
  private readonly sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.sql = sql;
    sql.exec(SCHEMA);
  }

  get({ id }: Pick<Collection, "id">): Reshard | undefined {
    const [row] = this.sql.exec<{ descriptor: string }>(
      "SELECT descriptor FROM reshards WHERE collection = ?",
      id,
    );
    return row === undefined ? undefined : (JSON.parse(row.descriptor) as Reshard); // this class's own writing
  }

  put({ id }: Pick<Collection, "id">, reshard: Reshard): void {
    this.sql.exec(
      "INSERT OR REPLACE INTO reshards (collection, descriptor) VALUES (?, ?)",
      id,
      JSON.stringify(reshard),
    );
  }

  delete({ id }: Pick<Collection, "id">): void {
    this.sql.exec("DELETE FROM reshards WHERE collection = ?", id);
  }

  /** Ids of collections whose resharding is not over. */
  running(): string[] {
    return this.sql
      .exec<{ collection: string; descriptor: string }>("SELECT collection, descriptor FROM reshards")
      .toArray()
      .filter(({ descriptor }) => !isOver(JSON.parse(descriptor) as Reshard)) // this class's own writing
      .map(({ collection }) => collection);
  }
}
