/** The journal Worker: its service, behind which stands a Durable Object for each topic. */
import { WorkerEntrypoint } from "cloudflare:workers";
import type { CloudEvent } from "../../core/cloudevents/event.ts";
import { viaOf } from "../../core/cloudevents/platform-attributes.ts";
import { BATCH_EVENTS_MAX } from "../../core/cloudevents/limits.ts";
import type { Confirmation, JournalApi, ReplayedEvent, StartAlone } from "../../core/contracts/journal.ts";
import type { TopicSettings } from "../../core/contracts/topic-settings.ts";
import { failure } from "../../core/errors.ts";
import { expectMetrics } from "../../core/metrics/isolate-meter.ts";
import { PARCEL_BYTES_MAX } from "./pack.ts";
import type { Entry } from "./rows.ts";
import type { TopicJournal } from "./topic-journal.ts";

export { TopicJournal } from "./topic-journal.ts";

const encoder = new TextEncoder();

export class JournalService extends WorkerEntrypoint<JournalBindings> implements JournalApi {
  async ping(): Promise<true> {
    return true;
  }

  async append(topic: string, events: CloudEvent[]): ReturnType<JournalApi["append"]> {
    if (events.length > BATCH_EVENTS_MAX) {
      return failure("batch-too-large", `A batch has at most ${BATCH_EVENTS_MAX} events.`);
    }
    const entries = events.map(toEntry);
    const tooLarge = entries.findIndex(({ bytes }) => bytes > PARCEL_BYTES_MAX);
    if (tooLarge !== -1) {
      const message = `has more than ${PARCEL_BYTES_MAX} bytes as JSON`;
      return failure("event-too-large", `An event ${message}.`, [{ path: `[${tooLarge}]`, message }]);
    }
    return this.journal(topic).append(topic, entries);
  }

  async confirm(topic: string, confirmations: Confirmation[]): Promise<void> {
    return this.journal(topic).confirm(confirmations);
  }

  async replay(
    topic: string,
    { name, version }: { name: string; version: number },
    events: ReplayedEvent[],
  ): ReturnType<JournalApi["replay"]> {
    const entries = events.map(({ event, ...first }) => ({ ...toEntry(event), first }));
    return this.journal(topic).replay(topic, { pipeline: name, version }, entries);
  }

  async replayRange(
    topic: string,
    { name, version }: { name: string; version: number },
    range: { from: number; to: number; after?: number },
  ): ReturnType<JournalApi["replayRange"]> {
    return this.journal(topic).replayRange(topic, { pipeline: name, version }, range);
  }

  async startAlone(topic: string, place: Parameters<JournalApi["startAlone"]>[1]): Promise<StartAlone> {
    return this.journal(topic).startAlone(place);
  }

  async eventState(topic: string, id: string, source?: string): ReturnType<JournalApi["eventState"]> {
    return this.journal(topic).eventState(id, source);
  }

  async counts(topic: string): ReturnType<JournalApi["counts"]> {
    return this.journal(topic).counts();
  }

  async settings(topic: string): Promise<TopicSettings> {
    return this.journal(topic).settings();
  }

  async configure(topic: string, settings: Partial<TopicSettings>): Promise<TopicSettings> {
    return this.journal(topic).configure(topic, settings);
  }

  async pipelinesChanged(topic: string): Promise<void> {
    return this.journal(topic).pipelinesChanged();
  }

  /** What a journal counts, it sends by itself, unless this isolate is its own and may wait for more. */
  private journal(topic: string): DurableObjectStub<TopicJournal> {
    expectMetrics(this.ctx, this.env.CATALOG);
    return this.env.TOPIC.getByName(topic);
  }
}

/** Here, and not in the Durable Object, of which there is one a topic and which does one thing at a time. */
function toEntry(event: CloudEvent): Entry {
  const json = JSON.stringify(event);
  const entry: Entry = { id: event.id, source: event.source, json, bytes: encoder.encode(json).byteLength };
  const via = viaOf(event);
  return via === undefined ? entry : { ...entry, via };
}

export default {
  fetch(): Response {
    return new Response(null, { status: 404 });
  },
} satisfies ExportedHandler;
