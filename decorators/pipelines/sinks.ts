/** The sinks that there are, and what each is given. */
import { hopsOf, withoutPlatformAttributes } from "../../core/cloudevents/platform-attributes.ts";
import type { JournalApi } from "../../core/contracts/journal.ts";
import { writeOrder } from "../../core/document/write-order.ts";
import { deliverToCollection, type SinkServices } from "./collection-sink.ts";
import type { Deliver } from "./deliver.ts";
import { deliverToTopic } from "./topic-sink.ts";
import { placeOf } from "./work.ts";

export interface SinkReach extends SinkServices {
  journal: Pick<JournalApi, "append">;
}

export function makeDeliver(reach: SinkReach): Deliver {
  return async function deliver(sink, parcels) {
    if ("topic" in sink) {
      return deliverToTopic(
        reach.journal,
        sink.topic,
        parcels.map(({ event, work: { pipeline, handed } }) => ({
          event,
          pipeline,
          hops: hopsOf(handed.event),
        })),
      );
    }
    const writes = parcels.map(({ work, event, part }) => ({
      event: withoutPlatformAttributes(event),
      order: writeOrder(placeOf(work, part)),
    }));
    return deliverToCollection(reach, sink.collection, writes);
  };
}
