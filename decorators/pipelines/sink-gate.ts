/** How the webhooks of one pipeline fare: a Durable Object, since all consumers have to agree. */
import { DurableObject } from "cloudflare:workers";
import { CountedSql } from "../../core/metrics/counted-sql.ts";
import { meterRequests, ObjectUsage } from "../../core/metrics/object-usage.ts";
import { afterReport, healthy, startProbe, type SinkHealth, type SinkReport } from "./sink-health.ts";

const SCHEMA =
  "CREATE TABLE IF NOT EXISTS health (sink TEXT PRIMARY KEY, detail TEXT NOT NULL) WITHOUT ROWID";

export class SinkGate extends DurableObject {
  readonly usage: ObjectUsage;
  private readonly sql: CountedSql;

  constructor(ctx: DurableObjectState, env: PipelinesBindings) {
    super(ctx, env);
    this.usage = new ObjectUsage("pipeline", ctx, env.CATALOG);
    this.usage.isOf(ctx.id.name ?? "");
    this.sql = new CountedSql(ctx.storage.sql, this.usage);
    this.sql.exec(SCHEMA);
  }

  /** Those of which anything is known; another is active. */
  async all(): Promise<Record<string, SinkHealth>> {
    const rows = this.sql.exec<{ sink: string; detail: string }>("SELECT sink, detail FROM health").toArray();
    // This class's own writing, so its type is known.
    return Object.fromEntries(rows.map(({ sink, detail }) => [sink, JSON.parse(detail) as SinkHealth]));
  }

  async look(sink: string): Promise<SinkHealth> {
    return this.read(sink);
  }

  async report(sink: string, report: SinkReport): Promise<SinkHealth> {
    const before = this.read(sink);
    const after = afterReport(before, report, Date.now());
    if (after !== before) this.write(sink, after);
    return after;
  }

  /** Whether whoever asks may send a probe now. */
  async startProbe(sink: string): Promise<boolean> {
    const started = startProbe(this.read(sink), Date.now());
    if (started.probe) this.write(sink, started.health);
    return started.probe;
  }

  /** Sends to all of them again, as if nothing had been. */
  async resume(): Promise<void> {
    this.sql.exec("DELETE FROM health");
  }

  private read(sink: string): SinkHealth {
    const [row] = this.sql
      .exec<{ detail: string }>("SELECT detail FROM health WHERE sink = ?", sink)
      .toArray();
    // This class's own writing, so its type is known.
    return row === undefined ? healthy(Date.now()) : (JSON.parse(row.detail) as SinkHealth);
  }

  private write(sink: string, health: SinkHealth): void {
    this.sql.exec("INSERT OR REPLACE INTO health VALUES (?, ?)", sink, JSON.stringify(health));
  }
}

meterRequests(SinkGate, { all: true, look: true, report: true, startProbe: true, resume: true });
