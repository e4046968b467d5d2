/**
 * Sign-ups whose link was not used yet: a Durable Object for each part of the addresses, so that of two that sign up, verify, or both at one
 * moment, one is first. An address has one sign-up at a time: a new one takes the place of the old, whose link thereby is void. What
 * happens is written in one transaction with the events that say so, and the outbox sends those until the journal has them.
 *
 * Whether an address has an account is not known here, and makes no difference to what is done.
 */
import { DurableObject } from "cloudflare:workers";
import type { Origin } from "../../../core/cloudevents/origin.ts";
import { SIGNUP_TOPIC, VERIFIED_TOPIC } from "../../../core/contracts/signups.ts";
import type { IdentityEnv } from "../identity-env.ts";
import { AUDIT_TOPIC, auditEvent, type Audit } from "../outbox/audit.ts";
import { Outbox } from "../outbox/outbox.ts";
import { publisher } from "../outbox/publish.ts";
import { signupAudit, signupEvent, verifiedEvent, type Person } from "./events.ts";
import { LINK_MS } from "./limits.ts";

/**
 * `person` is JSON, and empty once the link was used: what is left until it would have expired is that it was. `key` names the key that its
 * token is made by, so that a new key changes no link. `issued`: the token was asked for.
 */
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS signups (user TEXT PRIMARY KEY, signup TEXT NOT NULL, key TEXT NOT NULL, address TEXT NOT NULL,
    person TEXT NOT NULL, signedUpAt INTEGER NOT NULL, expiresAt INTEGER NOT NULL, issued INTEGER NOT NULL) WITHOUT ROWID;
  CREATE UNIQUE INDEX IF NOT EXISTS signups_signup ON signups (signup);
  CREATE INDEX IF NOT EXISTS signups_expiry ON signups (expiresAt);
`;

/** Expired rows that one turn deletes: a full day's are gone within minutes, and no turn is long. */
const SWEEP_ROWS_MAX = 5_000;
const SWEEP_AGAIN_MS = 1_000;

interface Row extends Record<string, SqlStorageValue> {
  user: string;
  signup: string;
  key: string;
  address: string;
  person: string;
  signedUpAt: number;
  expiresAt: number;
  issued: number;
}

export interface NewSignup {
  signup: string;
  /** The id of the key that its token is made by. */
  key: string;
  person: Person;
  page: string;
  origin: Origin;
}

export class Signups extends DurableObject<IdentityEnv> {
  private readonly sql: SqlStorage;
  private readonly outbox: Outbox;
  /** When the alarm is set for; undefined: it is not. */
  private alarmAt: number | undefined;

  constructor(ctx: DurableObjectState, env: IdentityEnv) {
    super(ctx, env);
    this.sql = ctx.storage.sql;
    this.sql.exec(SCHEMA);
    Outbox.createTable(this.sql);
    this.outbox = new Outbox(this.sql, publisher(env));
    void ctx.blockConcurrencyWhile(async () => {
      this.alarmAt = (await ctx.storage.getAlarm()) ?? undefined;
    });
  }

  /** Begins a sign-up; the one that its address had is void. What it says is durable when this answers. */
  async begin({ signup, key, person, page, origin }: NewSignup): Promise<void> {
    const now = Date.now();
    const expiresAt = now + LINK_MS;
    const { user, address } = person;
    this.change(now, () => {
      this.sql.exec(
        "INSERT OR REPLACE INTO signups VALUES (?, ?, ?, ?, ?, ?, ?, 0)",
        user,
        signup,
        key,
        address,
        JSON.stringify(person),
        now,
        expiresAt,
      );
      this.outbox.add(SIGNUP_TOPIC, signupEvent(signup, person, { page, expiresAt, now, origin }));
      this.audit(signupAudit("requested", signup, { address, ip: origin.ip }), now);
    });
  }

  /** The keys of the tokens of sign-ups that are open, in the order of their ids; null for one that is over. */
  async keysOf(signups: string[]): Promise<(string | null)[]> {
    const now = Date.now();
    const rows = signups.map((signup) => this.open(signup, now));
    const fresh = rows.filter((row) => row?.issued === 0);
    if (fresh.length > 0) {
      this.change(now, () => {
        for (const row of fresh) {
          if (row === undefined) continue;
          this.sql.exec("UPDATE signups SET issued = 1 WHERE user = ?", row.user);
          this.audit(signupAudit("link-issued", row.signup, { address: row.address }), now);
        }
      });
    }
    return rows.map((row) => row?.key ?? null);
  }

  /** Ends a sign-up, for who has shown the token of its link; null when it is over. */
  async verify(signup: string, origin: Origin): Promise<{ user: string } | null> {
    const now = Date.now();
    const row = this.open(signup, now);
    if (row === undefined) return this.refuse(signup, origin, now);
    const { user, address, signedUpAt } = row;
    // JSON that `begin` wrote of a person.
    const person = JSON.parse(row.person) as Person;
    this.change(now, () => {
      this.sql.exec("UPDATE signups SET person = '' WHERE user = ?", user);
      this.outbox.add(VERIFIED_TOPIC, verifiedEvent(signup, person, { signedUpAt, now, origin }));
      this.audit(signupAudit("verified", signup, { address, ip: origin.ip }), now);
    });
    return { user };
  }

  override async alarm(): Promise<void> {
    this.alarmAt = undefined;
    await this.outbox.flush();
    const now = Date.now();
    try {
      this.sql.exec(
        "DELETE FROM signups WHERE user IN (SELECT user FROM signups WHERE expiresAt <= ? LIMIT ?)",
        now,
        SWEEP_ROWS_MAX,
      );
    } catch (error) {
      console.error(JSON.stringify({ event: "signups-sweep-failed", error: String(error) }));
    }
    this.wakeUp(now);
  }

  /** The row of a sign-up whose link works. */
  private open(signup: string, now: number): Row | undefined {
    const [row] = this.sql.exec<Row>("SELECT * FROM signups WHERE signup = ?", signup).toArray();
    return row !== undefined && row.person !== "" && row.expiresAt > now ? row : undefined;
  }

  /** A link that worked, or was void or over: of who has a genuine one, it is said which. */
  private refuse(signup: string, origin: Origin, now: number): null {
    const [row] = this.sql.exec<Row>("SELECT * FROM signups WHERE signup = ?", signup).toArray();
    const why = row === undefined ? "void or expired" : row.person === "" ? "used" : "expired";
    const address = row?.address ?? signup;
    this.change(now, () => this.audit(signupAudit("refused", signup, { address, ip: origin.ip, why }), now));
    return null;
  }

  private audit(audit: Audit, now: number): void {
    this.outbox.add(AUDIT_TOPIC, auditEvent(audit, now));
  }

  /** Makes a change with its events and the alarm that sees to them, all or nothing, and begins to send them. */
  private change(now: number, make: () => void): void {
    this.ctx.storage.transactionSync(make);
    this.wakeUp(now);
    this.ctx.waitUntil(this.outbox.flush());
  }

  /** Without a wait between it and the change before, so that neither is kept without the other. */
  private wakeUp(now: number): void {
    const { expiry } = this.sql
      .exec<{ expiry: number | null }>("SELECT min(expiresAt) AS expiry FROM signups")
      .one();
    const times = [
      this.outbox.dueAt(now),
      // What could not all be swept in one turn is due already.
      expiry === null ? undefined : Math.max(expiry, now + SWEEP_AGAIN_MS),
    ].filter((at) => at !== undefined);
    if (times.length === 0) return;
    const at = Math.min(...times);
    if (this.alarmAt !== undefined && this.alarmAt <= at) return;
    this.alarmAt = at;
    void this.ctx.storage.setAlarm(at);
  }
}
