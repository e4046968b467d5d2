/** What a function has been used for, by version and export: a Durable Object a function, apart from the Catalog's own. */
import { DurableObject } from "cloudflare:workers";
import type { FunctionUse, FunctionUseTotal } from "../../core/contracts/function-uses.ts";
import type { FunctionKind } from "../../core/contracts/functions.ts";

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS uses (
    version TEXT NOT NULL, kind TEXT NOT NULL, calls INTEGER NOT NULL, items INTEGER NOT NULL, errors INTEGER NOT NULL,
    ms REAL NOT NULL, firstAt INTEGER NOT NULL, lastAt INTEGER NOT NULL, PRIMARY KEY (version, kind)
  ) WITHOUT ROWID;
`;

const ADD = `
  INSERT INTO uses VALUES (?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (version, kind) DO UPDATE SET
    calls = calls + excluded.calls, items = items + excluded.items, errors = errors + excluded.errors,
    ms = ms + excluded.ms, lastAt = excluded.lastAt
`;

type Row = Omit<FunctionUse, "name"> & { firstAt: number; lastAt: number; kind: FunctionKind };

export class FunctionUses extends DurableObject {
  private readonly sql: SqlStorage;

  constructor(ctx: DurableObjectState, env: CatalogBindings) {
    super(ctx, env);
    this.sql = ctx.storage.sql;
    this.sql.exec(SCHEMA);
  }

  async add(uses: readonly FunctionUse[]): Promise<void> {
    const now = Date.now();
    for (const { version, kind, calls, items, errors, ms } of uses) {
      this.sql.exec(ADD, version, kind, calls, items, errors, ms, now, now);
    }
  }

  async totals(name: string): Promise<FunctionUseTotal[]> {
    return this.sql
      .exec<Row>("SELECT * FROM uses ORDER BY lastAt DESC, version, kind")
      .toArray()
      .map(({ version, kind, calls, items, errors, ms, firstAt, lastAt }) => ({
        name,
        version,
        kind,
        calls,
        items,
        errors,
        ms: Math.round(ms),
        firstAt: new Date(firstAt).toISOString(),
        lastAt: new Date(lastAt).toISOString(),
      }));
  }

  /** The function is gone: what comes under its name is another. */
  async clear(): Promise<void> {
    this.sql.exec("DELETE FROM uses");
  }
}
