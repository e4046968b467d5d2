/** Takes events into the log. */
import type { AcceptedEvent } from "../../core/contracts/journal.ts";
import type { Blocks } from "./blocks.ts";
import type { Keys } from "./keys.ts";
import type { Parcel } from "./pack.ts";
import { acceptedBatch, type Listener } from "./progress.ts";
import { encodeKeys, keyHash } from "./recent-keys.ts";
import { cutIntoRows, type Entry, type First } from "./rows.ts";
import { blockOf, type JournalStore } from "./store.ts";

/** What is answered for each event, and the events that were not known yet. */
export function sift(
  keys: Keys,
  entries: readonly Entry[],
  now: number,
): { accepted: AcceptedEvent[]; fresh: Entry[] } {
  const inBatch = new Set<string>();
  const fresh: Entry[] = [];
  const accepted = entries.map((entry): AcceptedEvent => {
    const { id, source } = entry;
    const key = JSON.stringify([source, id, entry.via]);
    if (inBatch.has(key) || keys.isKnown(entry, now)) return { id, source, duplicate: true };
    inBatch.add(key);
    fresh.push(entry);
    return { id, source };
  });
  keys.forget("events");
  return { accepted, fresh };
}

/** Writes events to the log, and answers with a parcel for each and each listener. The caller holds a transaction. */
export function appendToLog(
  { store, blocks, keys }: { store: JournalStore; blocks: Blocks; keys: Keys },
  entries: readonly Entry[],
  listeners: Listener[],
  now: number,
): Parcel[] {
  const parcels: Parcel[] = [];
  let { sequence, accepted, unheard } = store.lastRow() ?? { sequence: 0, accepted: 0, unheard: 0 };
  for (const row of cutIntoRows(entries, listeners.length)) {
    // A written block shows when it is due; the newest is looked at in any case, and needs no row of its own yet.
    const before = blockOf(sequence);
    sequence++;
    if (blockOf(sequence) !== before && sequence > 1) blocks.save(blocks.load(before));
    const count = row.length;
    accepted += count;
    if (listeners.length === 0) unheard += count;
    const head = { sequence, acceptedAt: now, count, accepted, unheard, listeners };
    store.appendRow(
      head,
      encodeKeys(row.map(keyHash)),
      row.map(({ json }) => json),
    );
    if (row.some(({ first }) => first !== undefined)) {
      store.saveFirsts(
        sequence,
        row.map(({ first }) => first ?? null),
      );
    }
    blocks.appended(acceptedBatch(sequence, now, count, listeners));
    for (const [index, entry] of row.entries()) {
      keys.appended(entry, { sequence, index });
      for (const listener of listeners) {
        parcels.push({
          ...listener,
          sequence,
          index,
          failures: 0,
          waits: 0,
          acceptedAt: entry.first?.acceptedAt ?? now,
          more: firstMember(entry.first),
          json: entry.json,
          bytes: entry.bytes,
        });
      }
    }
  }
  return parcels;
}

/** What a handover says of where a replayed event stood first, as a JSON member. */
export function firstMember(first: First | null | undefined): string {
  if (first === null || first === undefined) return "";
  return `,"first":{"sequence":${first.sequence},"index":${first.index}}`;
}
