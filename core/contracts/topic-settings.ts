/** How long a topic keeps what, as its user may set it. */

export interface TopicSettings {
  /** Settled events stay this long for their state and for replay; those that died, `deadRetentionMs`. */
  retentionMs: number;
  deadRetentionMs: number;
  /** Beyond this size settled events go before their time, the oldest first; those that died stay. */
  retentionBytes: number;
  /** Within this time an event that comes again is taken once. */
  dedupeMs: number;
}

const HOUR_MS = 3600_000;
const DAY_MS = 24 * HOUR_MS;
const GIB = 1024 ** 3;

export const TOPIC_DEFAULTS: TopicSettings = {
  retentionMs: 7 * DAY_MS,
  deadRetentionMs: 30 * DAY_MS,
  retentionBytes: 2 * GIB,
  dedupeMs: DAY_MS,
};

/** An object holds 10 GB, and what is in flight needs room beside what is kept. */
export const TOPIC_LIMITS = {
  retentionMs: { min: 60_000, max: 365 * DAY_MS },
  retentionBytes: { min: 1024 * 1024, max: 6 * GIB },
  dedupeMs: { min: 0, max: 7 * DAY_MS },
} as const;
