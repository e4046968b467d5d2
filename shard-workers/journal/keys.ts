/** Finds events by their identity: recent ones in memory, to know duplicates; old ones in the log, for their state. */
import type { CloudEvent } from "../../core/cloudevents/event.ts";
import { VIA } from "../../core/cloudevents/platform-attributes.ts";
import { DEDUPE_EVENTS_MAX, SCAN_ROWS_MAX } from "./limits.ts";
import { hash32, keyHash, RecentKeys, type Location } from "./recent-keys.ts";
import type { JournalStore } from "./store.ts";

/** `via` is the pipeline that published the event: two that make something of one event publish two, under one id. */
interface Identity extends Pick<CloudEvent, "id" | "source"> {
  via?: string;
}

/** An event that was found. */
export interface Found extends Identity, Location {}

export class Keys {
  private readonly store: JournalStore;
  private recent: RecentKeys | undefined;
  /** The row that was looked at last: events that come again come again together. */
  private row: ({ sequence: number } & NonNullable<ReturnType<JournalStore["eventsOf"]>>) | undefined;

  constructor(store: JournalStore) {
    this.store = store;
  }

  /** Whether the event was accepted within the window. */
  isKnown(event: Identity, now: number): boolean {
    const { id, source } = keyHash(event);
    for (const location of this.recentKeys(now).find(id, source)) {
      const found = this.read(location);
      if (found !== undefined && found.acceptedAt < now - this.store.settings.dedupeMs) return false;
      if (found?.id === event.id && found.source === event.source && found.via === event.via) return true;
    }
    return false;
  }

  appended(event: Identity, location: Location): void {
    this.recent?.add(keyHash(event), location);
  }

  /** The newest event of that id, and that source if one is given. */
  async find(id: string, source: string | undefined, now: number): Promise<Found | undefined> {
    const sourceHash = source === undefined ? undefined : hash32(source);
    const matches = (found: Found | undefined): found is Found =>
      found?.id === id && (source === undefined || found.source === source);
    for (const location of this.recentKeys(now).find(hash32(id), sourceHash)) {
      const found = this.read(location);
      if (matches(found)) return found;
    }
    for await (const location of this.scan(hash32(id), sourceHash)) {
      const found = this.read(location);
      if (matches(found)) return found;
    }
    return undefined;
  }

  /** Lets go of what is in memory: all of it, or only the events of a row. */
  forget(what: "everything" | "events"): void {
    this.row = undefined;
    if (what === "everything") this.recent = undefined;
  }

  /** Read from the log when they are first needed. */
  private recentKeys(now: number): RecentKeys {
    if (this.recent !== undefined) return this.recent;
    const rows = [];
    let count = 0;
    for (const row of this.store.keysBefore(Number.MAX_SAFE_INTEGER, DEDUPE_EVENTS_MAX)) {
      if (row.acceptedAt < now - this.store.settings.dedupeMs || count >= DEDUPE_EVENTS_MAX) break;
      rows.push(row);
      count += row.keys.length;
    }
    this.recent = new RecentKeys(DEDUPE_EVENTS_MAX);
    for (const { sequence, keys } of rows.toReversed()) {
      for (const [index, key] of keys.entries()) this.recent.add(key, { sequence, index });
    }
    return this.recent;
  }

  /** All of the log, the newest row first, with room for other requests between pages. */
  private async *scan(id: number, source: number | undefined): AsyncGenerator<Location> {
    let before = Number.MAX_SAFE_INTEGER;
    for (;;) {
      const page = [...this.store.keysBefore(before, SCAN_ROWS_MAX)];
      for (const { sequence, keys } of page) {
        for (let index = keys.length - 1; index >= 0; index--) {
          const key = keys[index];
          if (key?.id === id && (source === undefined || key.source === source)) yield { sequence, index };
        }
        before = sequence;
      }
      if (page.length < SCAN_ROWS_MAX) return;
      await scheduler.wait(0);
    }
  }

  private read({ sequence, index }: Location): (Found & { acceptedAt: number }) | undefined {
    if (this.row?.sequence !== sequence) {
      const row = this.store.eventsOf(sequence);
      this.row = row && { sequence, ...row };
    }
    const json = this.row?.events[index];
    if (this.row === undefined || json === undefined) return undefined;
    // The log holds events that were validated when they came.
    const { id, source, [VIA]: via } = JSON.parse(json) as Identity & { [VIA]?: string };
    const identity: Identity = via === undefined ? { id, source } : { id, source, via };
    return { ...identity, sequence, index, acceptedAt: this.row.acceptedAt };
  }
}
