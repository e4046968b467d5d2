/** The tables of one object's accounts. Every primary key begins with the account or its slot, and no other index is paid for. */
import type { LimitPolicy, LimitVerdict } from "../limits/gcra.ts";
import { giveBack, takeOne } from "../limits/gcra.ts";
import { isPersonal } from "../limits/network.ts";
import { Outbox } from "../outbox/outbox.ts";
import type { AccountHash } from "./account-name.ts";
import type { ChallengeRow, ChallengeState, EnrollmentRow, Slot } from "./rows.ts";

/** The account of an authenticator that nobody has, which sorts before every hash: so that there is always one to read. */
export const DECOY: AccountHash = "";

type SqlRow = Record<string, SqlStorageValue>;

export class AccountStore {
  private readonly storage: DurableObjectStorage;

  constructor(storage: DurableObjectStorage) {
    this.storage = storage;
    for (const table of TABLES) storage.sql.exec(table);
    Outbox.createTable(storage.sql);
  }

  transaction<T>(work: () => T): T {
    return this.storage.transactionSync(work);
  }

  /**
   * The authenticator that counts for the account; where there is none, that of the account before it in the order of hashes, to be
   * computed with and to count for nothing: so one row is read, whether or not the account has an authenticator. Undefined
   * where there is not even the decoy.
   */
  nearest(account: AccountHash): EnrollmentRow | undefined {
    const query =
      "SELECT * FROM enrollments WHERE slot = 'confirmed' AND account <= ? ORDER BY account DESC LIMIT 1";
    return this.rows(query, account).map(toEnrollment)[0];
  }

  enrollment(account: AccountHash, slot: Slot): EnrollmentRow | undefined {
    const query = "SELECT * FROM enrollments WHERE slot = ? AND account = ?";
    return this.rows(query, slot, account).map(toEnrollment)[0];
  }

  /** In place of what the slot held. */
  putEnrollment(row: EnrollmentRow): void {
    const { sealed, recovery } = row;
    this.run(
      "INSERT OR REPLACE INTO enrollments VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      row.slot,
      row.account,
      row.id,
      row.name,
      row.label,
      row.createdAt,
      row.confirmedAt,
      row.expiresAt,
      sealed.key,
      bufferOf(sealed.bytes),
      row.lastStep,
      row.tries,
      bufferOf(recovery),
      row.used,
    );
  }

  deleteEnrollment(account: AccountHash, slot: Slot): void {
    this.run("DELETE FROM enrollments WHERE slot = ? AND account = ?", slot, account);
  }

  challenge(account: AccountHash, nonce: string): ChallengeRow | undefined {
    const query = "SELECT * FROM challenges WHERE account = ? AND nonce = ?";
    return this.rows(query, account, nonce).map(toChallenge)[0];
  }

  addChallenge(row: ChallengeRow): void {
    this.run(
      "INSERT INTO challenges VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      row.account,
      row.nonce,
      row.name,
      row.purpose,
      row.network,
      row.key,
      bufferOf(row.hash),
      row.expiresAt,
      row.state,
      row.tries,
    );
  }

  setChallenge({ account, nonce }: ChallengeRow, state: ChallengeState, tries: number): void {
    const update = "UPDATE challenges SET state = ?, tries = ? WHERE account = ? AND nonce = ?";
    this.run(update, state, tries, account, nonce);
  }

  /** Voids what is open for the account from the network. */
  voidChallenges(account: AccountHash, network: string): void {
    const update =
      "UPDATE challenges SET state = 'void' WHERE account = ? AND network = ? AND state = 'open'";
    this.run(update, account, network);
  }

  /** Takes one of an account's limit; `key` tells limits of the same policy apart. */
  take(account: AccountHash, policy: LimitPolicy, key: string, now: number): LimitVerdict {
    const verdict = takeOne(policy, this.fullAt(account, policy, key), now);
    if (verdict.allowed) this.keepLimit(account, policy, key, verdict.fullAt);
    return verdict;
  }

  giveBack(account: AccountHash, policy: LimitPolicy, key: string, now: number): void {
    const fullAt = this.fullAt(account, policy, key);
    if (fullAt > now) this.keepLimit(account, policy, key, giveBack(policy, fullAt));
  }

  fullAt(account: AccountHash, { name }: LimitPolicy, key: string): number {
    const query = "SELECT full_at FROM limits WHERE account = ? AND name = ?";
    return Number(this.rows(query, account, `${name} ${key}`)[0]?.["full_at"] ?? 0);
  }

  private keepLimit(account: AccountHash, { name }: LimitPolicy, key: string, fullAt: number): void {
    this.run("INSERT OR REPLACE INTO limits VALUES (?, ?, ?)", account, `${name} ${key}`, fullAt);
  }

  /** Whether a right answer for the account came from the network of late. */
  isFamiliar(account: AccountHash, network: string): boolean {
    const query = "SELECT 1 FROM familiar WHERE account = ? AND network = ?";
    return this.rows(query, account, network).length > 0;
  }

  becomesFamiliar(account: AccountHash, network: string, now: number): void {
    if (!isPersonal(network)) return;
    this.run("INSERT OR REPLACE INTO familiar VALUES (?, ?, ?)", account, network, now);
  }

  /** Deletes what is over. `challengesBefore`, `familiarBefore`: what is older goes. */
  sweep(now: number, challengesBefore: number, familiarBefore: number): void {
    this.run("DELETE FROM challenges WHERE expires_at < ?", challengesBefore);
    this.run("DELETE FROM enrollments WHERE slot = 'pending' AND expires_at < ?", now);
    this.run("DELETE FROM limits WHERE full_at < ?", now);
    this.run("DELETE FROM familiar WHERE last_at < ?", familiarBefore);
  }

  /** When the first of what `sweep` deletes is over, by kind; null: there is none. */
  oldest(): {
    challenge: number | null;
    pending: number | null;
    limit: number | null;
    familiar: number | null;
  } {
    const [row] = this.rows(
      `SELECT (SELECT min(expires_at) FROM challenges) AS challenge,
        (SELECT min(expires_at) FROM enrollments WHERE slot = 'pending') AS pending,
        (SELECT min(full_at) FROM limits) AS "limit", (SELECT min(last_at) FROM familiar) AS familiar`,
    );
    const numberOf = (name: string) => (typeof row?.[name] === "number" ? row[name] : null);
    return {
      challenge: numberOf("challenge"),
      pending: numberOf("pending"),
      limit: numberOf("limit"),
      familiar: numberOf("familiar"),
    };
  }

  private rows(query: string, ...values: SqlStorageValue[]): SqlRow[] {
    return this.storage.sql.exec<SqlRow>(query, ...values).toArray();
  }

  private run(statement: string, ...values: SqlStorageValue[]): void {
    this.storage.sql.exec(statement, ...values);
  }
}

const TABLES = [
  `CREATE TABLE IF NOT EXISTS enrollments (slot TEXT, account TEXT, id TEXT, name TEXT, label TEXT, created_at INTEGER,
    confirmed_at INTEGER, expires_at INTEGER, key TEXT, sealed BLOB, last_step INTEGER, tries INTEGER, recovery BLOB, used INTEGER,
    PRIMARY KEY (slot, account)) WITHOUT ROWID`,
  `CREATE TABLE IF NOT EXISTS challenges (account TEXT, nonce TEXT, name TEXT, purpose TEXT, network TEXT, key TEXT, hash BLOB,
    expires_at INTEGER, state TEXT, tries INTEGER, PRIMARY KEY (account, nonce)) WITHOUT ROWID`,
  "CREATE TABLE IF NOT EXISTS limits (account TEXT, name TEXT, full_at INTEGER, PRIMARY KEY (account, name)) WITHOUT ROWID",
  "CREATE TABLE IF NOT EXISTS familiar (account TEXT, network TEXT, last_at INTEGER, PRIMARY KEY (account, network)) WITHOUT ROWID",
];

// The casts below say what the tables above hold: nothing else writes to them.
function toEnrollment(row: SqlRow): EnrollmentRow {
  return {
    slot: row["slot"] as Slot,
    account: row["account"] as string,
    id: row["id"] as string,
    name: row["name"] as string,
    label: row["label"] as string | null,
    createdAt: row["created_at"] as number,
    confirmedAt: row["confirmed_at"] as number | null,
    expiresAt: row["expires_at"] as number | null,
    sealed: { key: row["key"] as string, bytes: new Uint8Array(row["sealed"] as ArrayBuffer) },
    lastStep: row["last_step"] as number,
    tries: row["tries"] as number,
    recovery: new Uint8Array(row["recovery"] as ArrayBuffer),
    used: row["used"] as number,
  };
}

function toChallenge(row: SqlRow): ChallengeRow {
  return {
    account: row["account"] as string,
    nonce: row["nonce"] as string,
    name: row["name"] as string,
    purpose: row["purpose"] as string,
    network: row["network"] as string,
    key: row["key"] as string,
    hash: new Uint8Array(row["hash"] as ArrayBuffer),
    expiresAt: row["expires_at"] as number,
    state: row["state"] as ChallengeState,
    tries: row["tries"] as number,
  };
}

/** A slice's buffer is its own, with nothing around it. */
function bufferOf(bytes: Uint8Array): ArrayBuffer {
  return bytes.slice().buffer;
}
