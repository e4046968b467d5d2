/** Counts what the journal knows for certain: what it has taken, and what became of it, each event once. */
import { meter } from "../../core/metrics/isolate-meter.ts";
import type { Confirmed } from "./confirm.ts";
import type { PackedMessage, Parcel } from "./pack.ts";

/** To be called when it is written. Without a pipeline: what a topic takes in counts once, however many listen. */
export function countAccepted(topic: string, events: number, bytes: number): void {
  meter().count("umbel_events_total", { topic, pipeline: "", state: "accepted" }, events);
  meter().count("umbel_event_bytes_total", { topic }, bytes);
}

/** To be called when it is written. */
export function countConfirmed(topic: string, { news }: Pick<Confirmed, "news">, now: number): void {
  const counted = meter();
  for (const { delivery, acceptedAt, delivered, filtered, dead, retry } of news) {
    const { pipeline } = delivery;
    const count = (state: string, events: number) =>
      counted.count("umbel_events_total", { topic, pipeline, state }, events);
    count("delivered", delivered.length);
    count("filtered", filtered.length);
    count("dead", dead.length);
    counted.count("umbel_dead_letters_total", { pipeline }, dead.length);
    counted.count("umbel_event_retries_total", { pipeline }, retry.length);
    const settled = delivered.length + filtered.length + dead.length;
    counted.observe("umbel_event_lag_seconds", { pipeline }, Math.max(0, now - acceptedAt) / 1_000, settled);
  }
}

/** What is put on the queue, each message for one pipeline: written, read and deleted, in units of 64 KB (Queues: Pricing). */
export function countHandedOver(messages: readonly Pick<PackedMessage, "pipeline" | "text">[]): void {
  for (const { pipeline, text } of messages) {
    const units = Math.ceil(text.length / 65_536);
    meter().count("umbel_queue_operations_total", { kind: "pipeline", name: pipeline }, 3 * units);
  }
}

/** To be called when events are written that a budget makes wait. */
export function countParked(parcels: readonly Pick<Parcel, "pipeline">[]): void {
  for (const { pipeline } of parcels) meter().count("umbel_pipeline_parked_events_total", { pipeline });
}
