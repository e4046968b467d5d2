/** Keys as the Catalog keeps them. Each change is a revision, so that roots are told of all keys only when there is something new. */
import { KEYS_MAX, type KeyList, type KeyRecord } from "../../core/contracts/keys.ts";
import { failure, type Result } from "../../core/errors.ts";

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS keys (id TEXT PRIMARY KEY, descriptor TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS key_revisions (one INTEGER PRIMARY KEY CHECK (one = 1), revision INTEGER NOT NULL);
  INSERT OR IGNORE INTO key_revisions (one, revision) VALUES (1, 0);
`;

type Row = { descriptor: string };

export class KeyStore {
  private readonly storage: DurableObjectStorage;
  private readonly sql: SqlStorage;

  constructor(storage: DurableObjectStorage) {
    this.storage = storage;
    this.sql = storage.sql;
    this.sql.exec(SCHEMA);
  }

  list(since?: number): KeyList | null {
    const { revision } = this.sql.exec<{ revision: number }>("SELECT revision FROM key_revisions").one();
    return since === revision ? null : { revision, keys: this.all() };
  }

  add(key: KeyRecord): Result<{ key: KeyRecord }> {
    const existing = this.sql.exec<Row>("SELECT descriptor FROM keys WHERE id = ?", key.id).toArray();
    const [kept] = existing.map(toRecord);
    if (kept !== undefined) return { ok: true, key: kept };
    const { count } = this.sql.exec<{ count: number }>("SELECT count(*) AS count FROM keys").one();
    if (count >= KEYS_MAX)
      return failure("conflict", `There are ${KEYS_MAX} keys, and may be no more: delete some.`);
    this.change("INSERT INTO keys (id, descriptor) VALUES (?, ?)", key.id, JSON.stringify(key));
    return { ok: true, key };
  }

  delete(id: string): Result<object> {
    const { count } = this.sql
      .exec<{ count: number }>("SELECT count(*) AS count FROM keys WHERE id = ?", id)
      .one();
    if (count === 0) return failure("not-found", "There is no such key.");
    this.change("DELETE FROM keys WHERE id = ?", id);
    return { ok: true };
  }

  private all(): KeyRecord[] {
    return this.sql.exec<Row>("SELECT descriptor FROM keys ORDER BY id").toArray().map(toRecord);
  }

  private change(statement: string, ...bindings: string[]): void {
    this.storage.transactionSync(() => {
      this.sql.exec(statement, ...bindings);
      this.sql.exec("UPDATE key_revisions SET revision = revision + 1");
    });
  }
}

function toRecord({ descriptor }: Row): KeyRecord {
  return JSON.parse(descriptor) as KeyRecord; // this class's own writing
}
