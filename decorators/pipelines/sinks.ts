/** The sinks that there are, and what each is given. */
import {
  hopsOf,
  isConfidential,
  withoutPlatformAttributes,
} from "../../core/cloudevents/platform-attributes.ts";
import type { Collection } from "../../core/collection.ts";
import type { JournalApi } from "../../core/contracts/journal.ts";
import type { OrderBy } from "../../core/contracts/pipelines.ts";
import { parseDate } from "../../core/dates.ts";
import { writeOrder } from "../../core/document/write-order.ts";
import { formatTraceparent } from "../../core/tracing/trace-context.ts";
import { KEPT_EVENTS } from "../../core/platform-collections.ts";
import { throughPipeline, type CollectionPipelineReach } from "./collection-pipeline.ts";
import { deliverToCollection, writeDocuments, type EventWrite } from "./collection-sink.ts";
import type { Deliver } from "./deliver.ts";
import { deliverByEmail, type EmailServices } from "./email-sink.ts";
import { keptEvent } from "./own-documents.ts";
import { deliverToTopic } from "./topic-sink.ts";
import { deliverToWebhook, type WebhookServices } from "./webhook-sink.ts";
import { placeOf, type Parcel } from "./work.ts";

export interface SinkReach extends EmailServices, WebhookServices, CollectionPipelineReach {
  journal: Pick<JournalApi, "append">;
  /** As it was a moment ago. */
  findCollection: (name: string) => Promise<Collection | null>;
}

export function makeDeliver(reach: SinkReach): Deliver {
  return async function deliver(sink, parcels) {
    if ("topic" in sink) {
      return deliverToTopic(
        reach.journal,
        sink.topic,
        parcels.map(({ event, trace, work: { pipeline, handed } }) => ({
          // What the topic's pipelines make of it is in the same trace, below this delivery.
          event: trace === undefined ? event : { ...event, traceparent: formatTraceparent(trace) },
          pipeline,
          hops: hopsOf(handed.event),
          confidential: isConfidential(handed.event) || isConfidential(event),
        })),
      );
    }
    if ("webhook" in sink) return deliverToWebhook(reach, sink.webhook, parcels[0]?.key ?? "", parcels);
    if ("email" in sink) return deliverByEmail(reach, sink.email, parcels);
    // What was made is answered to whoever invoked; where nobody did, there is nobody to tell.
    if ("reply" in sink) return parcels.map(() => ({ kind: "delivered" }));
    if (sink.collection === KEPT_EVENTS) {
      return writeDocuments(
        reach,
        KEPT_EVENTS,
        parcels.map((parcel) => keptEvent(parcel, reach.now())),
      );
    }
    const write = (some: readonly Parcel[]) =>
      deliverToCollection(
        reach,
        sink.collection,
        some.map((parcel) => eventWrite(parcel, sink.orderBy)),
      );
    // What the collection is like is looked at again when it is written to, which also says what is wrong with it.
    const own = (await reach.findCollection(sink.collection).catch(() => null))?.pipeline;
    const isThrough = own === undefined || own === parcels[0]?.work.pipeline;
    return isThrough ? write(parcels) : throughPipeline(reach, own, parcels, write);
  };
}

function eventWrite({ work, event, part }: Parcel, orderBy: OrderBy | undefined): EventWrite {
  const place = placeOf(work, part);
  const ownTime = orderBy === "time" && event.time !== undefined ? parseDate(event.time) : undefined;
  return {
    event: withoutPlatformAttributes(event),
    order: writeOrder(ownTime === undefined ? place : { ...place, at: ownTime }),
  };
}
