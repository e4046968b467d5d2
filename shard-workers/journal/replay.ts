/** Events of the log, to be appended once more. */
import type { CloudEvent } from "../../core/cloudevents/event.ts";
import { viaOf } from "../../core/cloudevents/platform-attributes.ts";
import type { Entry } from "./rows.ts";
import type { JournalStore } from "./store.ts";

const encoder = new TextEncoder();

/** A row's events as entries that know where they stood first. */
export function entriesOf(store: JournalStore, sequence: number): Entry[] {
  const row = store.eventsOf(sequence);
  return (row?.events ?? []).map((json, index): Entry => {
    // The log holds events that were validated when they came.
    const event = JSON.parse(json) as CloudEvent;
    const via = viaOf(event);
    return {
      id: event.id,
      source: event.source,
      ...(via === undefined ? {} : { via }),
      first: { sequence, index, acceptedAt: row?.acceptedAt ?? 0 },
      json,
      bytes: encoder.encode(json).byteLength,
    };
  });
}
