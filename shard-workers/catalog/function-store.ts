/** Functions as the Catalog keeps them: which version is current, and every version's code. */
import {
  FUNCTION_VERSIONS_MAX,
  type FunctionDeclaration,
  type FunctionSummary,
  type StoredFunction,
} from "../../core/contracts/functions.ts";
import { failure, type Result } from "../../core/errors.ts";

/**
 * The code lies in a table of its own, so that summaries are read without it. `activated_at` orders versions: a version that is
 * brought back is the newest.
 */
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS functions (name TEXT PRIMARY KEY, version TEXT NOT NULL, created_at TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS function_versions (
    name TEXT NOT NULL, version TEXT NOT NULL, activation INTEGER NOT NULL, summary TEXT NOT NULL, examples TEXT NOT NULL,
    PRIMARY KEY (name, version)
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS function_code (
    name TEXT NOT NULL, version TEXT NOT NULL, modules TEXT NOT NULL, PRIMARY KEY (name, version)
  );
`;

/** A version as its row has it; the rest is known from the row of the function. */
type VersionRow = { version: string; summary: string };

export class FunctionStore {
  private readonly storage: DurableObjectStorage;
  private readonly sql: SqlStorage;

  constructor(storage: DurableObjectStorage) {
    this.storage = storage;
    this.sql = storage.sql;
    this.sql.exec(SCHEMA);
  }

  summary(name: string, version?: string): FunctionSummary | null {
    const current = this.currentVersion(name);
    if (current === undefined) return null;
    const [row] = this.sql
      .exec<VersionRow>(
        "SELECT version, summary FROM function_versions WHERE name = ? AND version = ?",
        name,
        version ?? current,
      )
      .toArray();
    return row === undefined ? null : toSummary(row, current);
  }

  get(name: string, version?: string): StoredFunction | null {
    const summary = this.summary(name, version);
    if (summary === null) return null;
    const [row] = this.sql
      .exec<{ modules: string; examples: string }>(
        "SELECT modules, examples FROM function_versions JOIN function_code USING (name, version) WHERE name = ? AND version = ?",
        name,
        summary.version,
      )
      .toArray();
    if (row === undefined) return null;
    // This class's own writing, so its type is known.
    const modules = JSON.parse(row.modules) as StoredFunction["modules"];
    const examples = JSON.parse(row.examples) as StoredFunction["examples"];
    return { ...summary, modules, examples };
  }

  list(): FunctionSummary[] {
    return this.sql
      .exec<VersionRow>(
        "SELECT version, summary FROM functions JOIN function_versions USING (name, version) ORDER BY name",
      )
      .toArray()
      .map((row) => toSummary(row, row.version));
  }

  versions(name: string): FunctionSummary[] {
    const current = this.currentVersion(name);
    if (current === undefined) return [];
    return this.sql
      .exec<VersionRow>(
        "SELECT version, summary FROM function_versions WHERE name = ? ORDER BY activation DESC",
        name,
      )
      .toArray()
      .map((row) => toSummary(row, current));
  }

  /** `pinned`: versions that have to be kept, however old. */
  put(
    name: string,
    declaration: FunctionDeclaration,
    pinned: ReadonlySet<string>,
  ): { created: boolean; fn: FunctionSummary } {
    const { version, main, kinds, fitness, modules, examples = [] } = declaration;
    const now = new Date().toISOString();
    const before = this.summary(name, version);
    const created = this.currentVersion(name) === undefined;
    const isCurrent = before?.current === true;
    const kept: Kept = {
      name,
      version,
      main,
      kinds,
      codeBytes: codeBytes(modules),
      moduleCount: Object.keys(modules).length,
      fitness,
      createdAt: before?.createdAt ?? now,
      activatedAt: isCurrent ? before.activatedAt : now,
    };
    this.storage.transactionSync(() => {
      if (before === null) {
        this.sql.exec("INSERT INTO function_code VALUES (?, ?, ?)", name, version, JSON.stringify(modules));
      }
      const activation = isCurrent ? this.lastActivation(name) : this.lastActivation(name) + 1;
      this.sql.exec(
        "INSERT OR REPLACE INTO function_versions VALUES (?, ?, ?, ?, ?)",
        name,
        version,
        activation,
        JSON.stringify(kept),
        JSON.stringify(examples),
      );
      this.setCurrent(name, version, now);
      this.prune(name, pinned);
    });
    return { created, fn: { ...kept, current: true } };
  }

  rollback(name: string, version: string): Result<{ fn: FunctionSummary }> {
    if (this.currentVersion(name) === undefined) return unknownFunction(name);
    const wanted = this.summary(name, version);
    if (wanted === null) {
      const versions = this.versions(name).map((each) => each.version);
      const message = `There is no version ${version} of "${name}"; there is: ${versions.join(", ")}.`;
      return failure("unknown-version", message);
    }
    if (wanted.current) return { ok: true, fn: wanted };
    const now = new Date().toISOString();
    const { current: _current, ...others } = wanted;
    const kept: Kept = { ...others, activatedAt: now };
    this.storage.transactionSync(() => {
      this.sql.exec(
        "UPDATE function_versions SET activation = ?, summary = ? WHERE name = ? AND version = ?",
        this.lastActivation(name) + 1,
        JSON.stringify(kept),
        name,
        version,
      );
      this.setCurrent(name, version, now);
    });
    return { ok: true, fn: { ...kept, current: true } };
  }

  delete(name: string): Result<object> {
    if (this.currentVersion(name) === undefined) return unknownFunction(name);
    this.storage.transactionSync(() => {
      for (const table of ["functions", "function_versions", "function_code"]) {
        this.sql.exec(`DELETE FROM ${table} WHERE name = ?`, name);
      }
    });
    return { ok: true };
  }

  private currentVersion(name: string): string | undefined {
    const [row] = this.sql
      .exec<{ version: string }>("SELECT version FROM functions WHERE name = ?", name)
      .toArray();
    return row?.version;
  }

  private setCurrent(name: string, version: string, now: string): void {
    this.sql.exec(
      "INSERT INTO functions VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE SET version = excluded.version",
      name,
      version,
      now,
    );
  }

  private lastActivation(name: string): number {
    const [row] = this.sql
      .exec<{ last: number | null }>(
        "SELECT MAX(activation) AS last FROM function_versions WHERE name = ?",
        name,
      )
      .toArray();
    return row?.last ?? 0;
  }

  private prune(name: string, pinned: ReadonlySet<string>): void {
    const old = this.versions(name).slice(FUNCTION_VERSIONS_MAX);
    for (const { version } of old) {
      if (pinned.has(version)) continue;
      for (const table of ["function_versions", "function_code"]) {
        this.sql.exec(`DELETE FROM ${table} WHERE name = ? AND version = ?`, name, version);
      }
    }
  }
}

/** What a row of `summary` holds: all but whether it is the current version. */
type Kept = Omit<FunctionSummary, "current">;

function toSummary({ version, summary }: VersionRow, current: string): FunctionSummary {
  // This class's own writing, so its type is known.
  return { ...(JSON.parse(summary) as Kept), current: version === current };
}

const encoder = new TextEncoder();

function codeBytes(modules: FunctionDeclaration["modules"]): number {
  return Object.values(modules).reduce((sum, code) => sum + encoder.encode(code).length, 0);
}

function unknownFunction(name: string): Result<never> {
  return failure("unknown-function", `There is no function "${name}".`);
}
