/** How long the platform keeps what it writes into collections of its own, as the deployment's user may set it. */
import { DEAD_LETTERS, KEPT_EVENTS, MAILBOX } from "../platform-collections.ts";

/** By age, in milliseconds: since an event died, was delivered, since a mail was kept. */
export interface Retention {
  deadLettersMs: number;
  eventsMs: number;
  mailMs: number;
}

const DAY_MS = 24 * 3600_000;

/** As journals keep events: those that died for as long as somebody may take to look, the others for a week. */
export const RETENTION_DEFAULTS: Retention = {
  deadLettersMs: 30 * DAY_MS,
  eventsMs: 7 * DAY_MS,
  mailMs: 7 * DAY_MS,
};

/** Ten years stand for "for ever": a collection that only grows ends at its leaves' 10 GB. */
export const RETENTION_LIMITS = { min: 60_000, max: 3_650 * DAY_MS } as const;

/** Which setting is for which collection, and the field that a document's age is told by. */
export const RETAINED: readonly { setting: keyof Retention; collection: string; field: string }[] = [
  { setting: "deadLettersMs", collection: DEAD_LETTERS, field: "diedAt" },
  { setting: "eventsMs", collection: KEPT_EVENTS, field: "deliveredAt" },
  { setting: "mailMs", collection: MAILBOX, field: "sentAt" },
];
