/** What this isolate heard of late. */
import { CACHED_MAX } from "./limits.ts";

export class ExpiringCache<Value> {
  private readonly ttlMs: number;
  private readonly entries = new Map<string, { value: Value; until: number }>();

  constructor(ttlMs: number) {
    this.ttlMs = ttlMs;
  }

  get(name: string): Value | undefined {
    const entry = this.entries.get(name);
    return entry !== undefined && entry.until > Date.now() ? entry.value : undefined;
  }

  set(name: string, value: Value): void {
    if (this.entries.size >= CACHED_MAX) this.entries.clear();
    this.entries.set(name, { value, until: Date.now() + this.ttlMs });
  }

  delete(name: string): void {
    this.entries.delete(name);
  }
}
