/**
 * The outbox of a Durable Object: events that its state changes make are written in the change's own transaction, and go from here to the
 * journal until that has them. So a kill between the two loses nothing; what goes twice is taken once there, by its id.
 *
 * Its owner calls `add` inside the transaction, `flush` after it, and sets its alarm for no later than `dueAt` and calls `flush` there.
 */
import type { CloudEvent } from "../../../core/cloudevents/event.ts";

/** Events that go in one flush; the journal takes 1,000. */
const FLUSH_EVENTS_MAX = 100;

/** A flush that follows the change at once is hoped for; the alarm is for where it did not happen. */
const FIRST_RETRY_MS = 2_000;
const RETRY_MAX_MS = 60_000;

export interface OutboxEntry {
  topic: string;
  event: CloudEvent;
}

/** Publishes entries; answers when all are durable elsewhere, else throws. */
export type Publish = (entries: OutboxEntry[]) => Promise<void>;

export class Outbox {
  private readonly sql: SqlStorage;
  private readonly publish: Publish;
  private flushing: Promise<void> | undefined;
  private failures = 0;
  private triedAt = 0;

  constructor(sql: SqlStorage, publish: Publish) {
    this.sql = sql;
    this.publish = publish;
  }

  /** For the owner's schema. */
  static createTable(sql: SqlStorage): void {
    sql.exec(
      "CREATE TABLE IF NOT EXISTS outbox (id INTEGER PRIMARY KEY, topic TEXT NOT NULL, event TEXT NOT NULL)",
    );
  }

  add(topic: string, event: CloudEvent): void {
    this.sql.exec("INSERT INTO outbox (topic, event) VALUES (?, ?)", topic, JSON.stringify(event));
  }

  /** When it is to be flushed at the latest, epoch milliseconds; undefined: it is empty. */
  dueAt(now: number): number | undefined {
    if (this.sql.exec("SELECT 1 FROM outbox LIMIT 1").toArray().length === 0) return undefined;
    const delayMs = Math.min(RETRY_MAX_MS, FIRST_RETRY_MS * 2 ** this.failures);
    return Math.max(now, this.triedAt) + delayMs;
  }

  /** Sends what is there, once at a time. Never rejects: what fails stays, for the alarm. */
  async flush(): Promise<void> {
    this.flushing ??= this.send().finally(() => {
      this.flushing = undefined;
    });
    return this.flushing;
  }

  private async send(): Promise<void> {
    try {
      for (;;) {
        const rows = this.sql
          .exec<{ id: number; topic: string; event: string }>(
            "SELECT id, topic, event FROM outbox ORDER BY id LIMIT ?",
            FLUSH_EVENTS_MAX,
          )
          .toArray();
        const newest = rows.at(-1)?.id;
        if (newest === undefined) break;
        this.triedAt = Date.now();
        // JSON that `add` wrote of an event.
        await this.publish(
          rows.map(({ topic, event }) => ({ topic, event: JSON.parse(event) as CloudEvent })),
        );
        this.sql.exec("DELETE FROM outbox WHERE id <= ?", newest);
      }
      this.failures = 0;
    } catch (error) {
      this.failures += 1;
      console.error(JSON.stringify({ event: "outbox-flush-failed", error: String(error) }));
    }
  }
}
