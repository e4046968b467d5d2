/** Collections of the platform's own: made when they are first needed, read and searched as any, written by the platform alone. */
import type { CollectionSpec } from "./collection.ts";

/** Events that could not be delivered, kept to look at and to replay. */
export const DEAD_LETTERS = "_dead_letters";

/** Delivered events, of pipelines that ask for that. */
export const KEPT_EVENTS = "_events";

/** E-mails, where none can be sent. */
export const MAILBOX = "_mailbox";

const BASE = { layout: "documents", shards: 4, replicas: 1 } as const;

const EVENT_FIELDS = {
  topic: { type: "keyword" },
  pipeline: { type: "keyword" },
  eventId: { type: "keyword" },
  source: { type: "keyword" },
  type: { type: "keyword" },
  subject: { type: "keyword" },
  acceptedAt: { type: "date" },
  /** The event's data as JSON text, so that its words are found. */
  text: { type: "text" },
} as const;

/** How each is declared. */
export const PLATFORM_COLLECTIONS: ReadonlyMap<string, CollectionSpec> = new Map<string, CollectionSpec>([
  [
    DEAD_LETTERS,
    {
      ...BASE,
      fields: {
        ...EVENT_FIELDS,
        version: { type: "number" },
        step: { type: "keyword" },
        error: { type: "text" },
        attempts: { type: "number" },
        diedAt: { type: "date" },
      },
    },
  ],
  [
    KEPT_EVENTS,
    { ...BASE, fields: { ...EVENT_FIELDS, version: { type: "number" }, deliveredAt: { type: "date" } } },
  ],
  [
    MAILBOX,
    {
      ...BASE,
      shards: 1,
      fields: {
        topic: { type: "keyword" },
        pipeline: { type: "keyword" },
        to: { type: "keyword" },
        subject: { type: "text" },
        text: { type: "text" },
        sentAt: { type: "date" },
      },
    },
  ],
]);
