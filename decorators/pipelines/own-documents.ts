/** Documents that the platform keeps of events, in collections of its own (platform-collections.ts). */
import type { CloudEvent } from "../../core/cloudevents/event.ts";
import {
  isConfidential,
  withoutData,
  withoutPlatformAttributes,
} from "../../core/cloudevents/platform-attributes.ts";
import { prepareDocument } from "../../core/document/validate.ts";
import { writeOrder } from "../../core/document/write-order.ts";
import type { JsonObject } from "../../core/document/values.ts";
import type { Prepare } from "./collection-sink.ts";
import { placeOf, type Parcel, type Work } from "./work.ts";

/** Characters of an event's data that are searched as text. */
const TEXT_CHARS_MAX = 16_384;

/** The write of a document under its id. */
export function ownDocument(id: string, document: JsonObject, order?: string): Prepare {
  return (fields) => {
    const prepared = prepareDocument(document, id, fields);
    if (!prepared.ok) return prepared;
    const operation = { kind: "put", id: prepared.id, json: prepared.json } as const;
    return { ok: true, operation: order === undefined ? operation : { ...operation, order } };
  };
}

/** Names an event on its way through a pipeline: the same at every run. */
export function ownId({ topic, pipeline, handed }: Work, part?: number): string {
  const id = `${topic}.${pipeline}.${handed.sequence}.${handed.index}`;
  return part === undefined ? id : `${id}.${part}`;
}

/** The event as the platform may keep it: without what is its own, and without data where it, or the accepted one, is confidential. */
export function keptPart(event: CloudEvent, { handed }: Work): CloudEvent {
  const own = withoutPlatformAttributes(event);
  return isConfidential(handed.event) || isConfidential(event) ? withoutData(own) : own;
}

/** What of an event is searched and filtered by. */
export function describeEvent(event: CloudEvent, work: Work): JsonObject {
  const { topic, pipeline, version, handed } = work;
  const { id, source, type, subject, data } = keptPart(event, work);
  const text = data === undefined ? "" : JSON.stringify(data).slice(0, TEXT_CHARS_MAX);
  return {
    topic,
    pipeline,
    version,
    eventId: id,
    source,
    type,
    ...(subject === undefined ? {} : { subject }),
    acceptedAt: new Date(handed.acceptedAt).toISOString(),
    // A cut may have parted a surrogate pair.
    text: text.toWellFormed(),
  };
}

/** A delivered event, as `_events` keeps it. */
export function keptEvent({ event, work, part }: Parcel, now: number): Prepare {
  return ownDocument(
    ownId(work, part),
    {
      ...describeEvent(event, work),
      deliveredAt: new Date(now).toISOString(),
      event: keptPart(event, work),
    },
    writeOrder(placeOf(work, part)),
  );
}
