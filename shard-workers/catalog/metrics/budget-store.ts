/** Budgets, and which of them are used up today. */
import { usageOf } from "../../../core/costs/usage.ts";
import type { Budget, BudgetKind, BudgetState } from "../../../core/contracts/budgets.ts";
import { BUDGETS_MAX } from "../../../core/contracts/budgets.ts";

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS budgets (
    kind TEXT NOT NULL, name TEXT NOT NULL, usd REAL NOT NULL, exceeded INTEGER NOT NULL, PRIMARY KEY (kind, name)
  ) WITHOUT ROWID;
`;

type Row = { kind: string; name: string; usd: number; exceeded: number };

export class BudgetStore {
  private readonly sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.sql = sql;
    this.sql.exec(SCHEMA);
  }

  get isEmpty(): boolean {
    return this.sql.exec("SELECT 1 FROM budgets LIMIT 1").toArray().length === 0;
  }

  put({ kind, name, usdPerDay }: Budget): "created" | "replaced" | "full" {
    const rows = this.rows();
    const exists = rows.some((row) => row.kind === kind && row.name === name);
    if (!exists && rows.length >= BUDGETS_MAX) return "full";
    this.sql.exec(
      `INSERT INTO budgets (kind, name, usd, exceeded) VALUES (?, ?, ?, 0)
       ON CONFLICT (kind, name) DO UPDATE SET usd = excluded.usd`,
      kind,
      name,
      usdPerDay,
    );
    return exists ? "replaced" : "created";
  }

  /** False: there is none. */
  delete(kind: BudgetKind, name: string): boolean {
    return this.sql.exec("DELETE FROM budgets WHERE kind = ? AND name = ?", kind, name).rowsWritten > 0;
  }

  /** `today`: what was counted since midnight. */
  states(today: Readonly<Record<string, number>>): BudgetState[] {
    const spent = new Map(usageOf([today]).map(({ kind, name, usd }) => [`${kind} ${name}`, usd]));
    return this.rows().map(({ kind, name, usd }) => {
      const spentUsd = spent.get(`${kind} ${name}`) ?? 0;
      // `put` takes no other kind.
      return { kind: kind as BudgetKind, name, usdPerDay: usd, spentUsd, exceeded: spentUsd >= usd };
    });
  }

  /** Those whose state is another than when this was asked last. */
  changes(today: Readonly<Record<string, number>>): BudgetState[] {
    const before = new Map(
      this.rows().map(({ kind, name, exceeded }) => [`${kind} ${name}`, exceeded === 1]),
    );
    return this.states(today).filter(
      ({ kind, name, exceeded }) => before.get(`${kind} ${name}`) !== exceeded,
    );
  }

  /** Whoever has to act on a change has. */
  noted({ kind, name, exceeded }: BudgetState): void {
    this.sql.exec(
      "UPDATE budgets SET exceeded = ? WHERE kind = ? AND name = ?",
      exceeded ? 1 : 0,
      kind,
      name,
    );
  }

  private rows(): Row[] {
    return this.sql.exec<Row>("SELECT kind, name, usd, exceeded FROM budgets ORDER BY kind, name").toArray();
  }
}
