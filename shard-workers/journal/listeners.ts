/** Who listens to the topic: the Catalog's answer, for a moment. */
import { failure, type Result } from "../../core/errors.ts";
import { LISTENERS_TTL_MS } from "./limits.ts";
import type { Listener } from "./progress.ts";

/** Who listens, and whose events wait: pipelines that have used up their budget. */
export interface Heard {
  listeners: Listener[];
  parked: ReadonlySet<string>;
}

/**
 * Remembers who listens. It is told of changes, so that an event that follows one never meets what held before; the
 * time limit bounds what a lost announcement can do.
 */
export class Listeners {
  private readonly ask: (topic: string) => Promise<Heard>;
  private cached: (Heard & { until: number }) | undefined;
  /** Counts announcements: an answer that was asked for before one is not kept. */
  private changes = 0;

  /** `ask` asks the Catalog, and rejects when that can't be had. */
  constructor(ask: (topic: string) => Promise<Heard>) {
    this.ask = ask;
  }

  async get(topic: string, now: number): Promise<Result<Heard>> {
    if (this.cached !== undefined && now < this.cached.until) {
      const { listeners, parked } = this.cached;
      return { ok: true, listeners, parked };
    }
    const { changes } = this;
    try {
      const heard = await this.ask(topic);
      if (changes === this.changes) this.cached = { ...heard, until: now + LISTENERS_TTL_MS };
      return { ok: true, ...heard };
    } catch (error) {
      console.error(JSON.stringify({ event: "catalog-call-failed", error: String(error) }));
      return failure(
        "unavailable",
        "Which pipelines listen to the topic can't be told now. Nothing was accepted.",
      );
    }
  }

  changed(): void {
    this.changes++;
    this.cached = undefined;
  }
}
