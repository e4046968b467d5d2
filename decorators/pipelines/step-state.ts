/**
 * What steps keep between events, beyond the life of an isolate: a Durable Object for each part of the keys of a scope.
 * One turn at a time, so that of several who want one thing at one moment, one is first.
 */
import { DurableObject } from "cloudflare:workers";
import { CountedSql } from "../../core/metrics/counted-sql.ts";
import { meterRequests, ObjectUsage } from "../../core/metrics/object-usage.ts";

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS claims (key TEXT PRIMARY KEY, owner TEXT NOT NULL, until INTEGER NOT NULL) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS claims_until ON claims (until);
  CREATE TABLE IF NOT EXISTS buckets (key TEXT PRIMARY KEY, permits REAL NOT NULL, at INTEGER NOT NULL, fullAt INTEGER NOT NULL) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS buckets_full ON buckets (fullAt);
  CREATE TABLE IF NOT EXISTS holds (key TEXT NOT NULL, owner TEXT NOT NULL, until INTEGER NOT NULL, PRIMARY KEY (key, owner)) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS holds_until ON holds (until);
`;

/** How often what has expired is let go. What has expired counts for nothing before. */
const SWEEP_INTERVAL_MS = 3600_000;

/** Scopes of one pipeline are named by it; what pipelines share is the platform's. */
const PIPELINE = /^[^/]+\/pipeline\/([^/]+)\//;

export interface ClaimRequest {
  key: string;
  owner: string;
  windowMs: number;
}

export interface PermitRequest {
  key: string;
  owner: string;
  permits: number;
  intervalMs: number;
  burst: number;
}

export class StepState extends DurableObject {
  readonly usage: ObjectUsage;
  private readonly sql: CountedSql;
  private sweeping = false;

  constructor(ctx: DurableObjectState, env: PipelinesBindings) {
    super(ctx, env);
    const pipeline = PIPELINE.exec(ctx.id.name ?? "")?.[1];
    this.usage = new ObjectUsage(pipeline === undefined ? "platform" : "pipeline", ctx, env.CATALOG);
    this.usage.isOf(pipeline ?? "steps");
    this.sql = new CountedSql(ctx.storage.sql, this.usage);
    this.sql.exec(SCHEMA);
  }

  /** `Claims.claim`. */
  async claim({ key, owner, windowMs }: ClaimRequest): Promise<boolean> {
    const now = Date.now();
    const [held] = this.sql
      .exec<{ owner: string; until: number }>("SELECT owner, until FROM claims WHERE key = ?", key)
      .toArray();
    if (held !== undefined && held.until > now) return held.owner === owner;
    this.sql.exec("INSERT OR REPLACE INTO claims VALUES (?, ?, ?)", key, owner, now + windowMs);
    await this.sweepLater();
    return true;
  }

  /** Lets a claim go before its window ends, if it is `owner`'s. */
  async release({ key, owner }: Omit<ClaimRequest, "windowMs">): Promise<void> {
    this.sql.exec("DELETE FROM claims WHERE key = ? AND owner = ?", key, owner);
  }

  /** `Rates.take`. */
  async take({ key, owner, permits, intervalMs, burst }: PermitRequest): Promise<number> {
    const now = Date.now();
    const held = this.sql
      .exec("SELECT 1 FROM holds WHERE key = ? AND owner = ? AND until > ?", key, owner, now)
      .toArray();
    if (held.length > 0) return 0;
    const [bucket] = this.sql
      .exec<{ permits: number; at: number }>("SELECT permits, at FROM buckets WHERE key = ?", key)
      .toArray();
    const aMs = permits / intervalMs;
    const there = bucket === undefined ? burst : Math.min(burst, bucket.permits + (now - bucket.at) * aMs);
    if (there < 1) return Math.max(1, Math.ceil((1 - there) / aMs));
    const left = there - 1;
    const fullAt = now + Math.ceil((burst - left) / aMs);
    this.ctx.storage.transactionSync(() => {
      this.sql.exec("INSERT OR REPLACE INTO buckets VALUES (?, ?, ?, ?)", key, left, now, fullAt);
      this.sql.exec("INSERT OR REPLACE INTO holds VALUES (?, ?, ?)", key, owner, now + intervalMs);
    });
    await this.sweepLater();
    return 0;
  }

  override async alarm(): Promise<void> {
    const now = Date.now();
    this.sweeping = false;
    // A full bucket is as good as none.
    this.sql.exec("DELETE FROM claims WHERE until <= ?", now);
    this.sql.exec("DELETE FROM buckets WHERE fullAt <= ?", now);
    this.sql.exec("DELETE FROM holds WHERE until <= ?", now);
    const { left } = this.sql
      .exec<{ left: number }>(
        "SELECT (SELECT count(*) FROM claims) + (SELECT count(*) FROM buckets) + (SELECT count(*) FROM holds) AS left",
      )
      .one();
    if (left > 0) await this.sweepLater();
  }

  private async sweepLater(): Promise<void> {
    if (this.sweeping) return;
    this.sweeping = true;
    if ((await this.ctx.storage.getAlarm()) === null) {
      this.usage.rows(0, 1);
      await this.ctx.storage.setAlarm(Date.now() + SWEEP_INTERVAL_MS);
    }
  }
}

meterRequests(StepState, { claim: true, release: true, take: true, alarm: true });
