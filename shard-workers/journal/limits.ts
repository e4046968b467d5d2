/** The journal's limits, each with its reason. */

/** A row holds 2 MB at most (Durable Objects: Limits); half of that leaves room for what is kept beside the events. */
export const ROW_BYTES_MAX = 1024 * 1024;

/** Events times pipelines in one row: bounds a block's state, which has a mark for each, to 256 KB. */
export const ROW_MARKS_MAX = 8192;

/** Log rows whose progress is kept in one row: a confirmation of many small batches writes few rows. */
export const BLOCK_ROWS = 32;

/** Blocks whose progress is in memory. Typically 1 KB each. */
export const BLOCKS_CACHED_MAX = 32;

/**
 * One message has at most 128 KB, some 100 bytes of metadata included, and one send 100 messages and 256 KB (Queues:
 * Limits). An event of 96 KB with its envelope always fits.
 */
export const MESSAGE_BYTES_MAX = 120_000;
export const SEND_BYTES_MAX = 240_000;
export const SEND_MESSAGES_MAX = 100;

/**
 * How long a pipeline has for what it was handed before it is handed over again: the queue's wait for a full batch
 * (1 s) and a run take well below it, and it is also what an event waits when the queue forgot it.
 */
export const LEASE_FIRST_MS = 10_000;

/** Leases double up to here, so that pipelines that are down for long find few duplicates of each event. */
export const LEASE_MAX_MS = 15 * 60_000;

/** A lease is at least this many times what confirmations took of late: a slow consumer needs time, not duplicates. */
export const LEASE_LATENCIES = 3;

/** Leases are lengthened by up to this share, so that topics that were lost together don't come back together. */
export const LEASE_JITTER = 0.2;

/** The longest wait that a pipeline may ask for before an event is tried again. */
export const RETRY_DELAY_MAX_MS = 24 * 3600_000;

/** Within a topic's window and this many of its latest events, an event that comes again is known. */
export const DEDUPE_EVENTS_MAX = 65_536;

/** Accepted events that wait in memory for the queue. Beyond it they wait for their lease. */
export const PENDING_BYTES_MAX = 8 * 1024 * 1024;

/** What one alarm hands over again or lets go before it lets other requests in. */
export const TICK_BYTES_MAX = 2 * 1024 * 1024;
export const TICK_BLOCKS_MAX = 32;

/** A Durable Object holds 10 GB. Beyond this nothing is accepted until pipelines have caught up. */
export const JOURNAL_BYTES_MAX = 8 * 1024 ** 3;

/** How long the answer to "who listens?" is used. Changes are announced, so this bounds only a lost announcement. */
export const LISTENERS_TTL_MS = 1_000;

/** Errors are kept for each failed event, a row's in one row: a thousand of them stay below 2 MB. */
export const ERROR_CHARS_MAX = 400;

/** A delivery's troubles are one row; beyond this the histories in it go, and the last errors stay. */
export const TROUBLES_CHARS_MAX = 600_000;

/** Sinks of an event that are remembered to have it. A pipeline has 8; an event can be routed to more. */
export const DONE_SINKS_MAX = 16;

/**
 * Handovers that nothing was heard of, after which an event is handed over to be run alone: it may be what ends its
 * consumer, and takes its neighbours along. With the leases' doubling, that is after more than a minute.
 */
export const ALONE_AFTER_HANDOVERS = 3;

/**
 * Runs alone that were begun and came to no outcome; after them the event is taken to be what ends its consumer. Consumers also
 * end for reasons of their own: if one run in ten is lost so, one innocent event in 100,000 that got here is given up.
 */
export const ALONE_STARTS_MAX = 5;

/** A run alone that was begun less than this ago may still be under way: its steps end within 20 s, a webhook within 15 s. */
export const ALONE_RUN_MAX_MS = 40_000;

/**
 * How long events of a pipeline that has used up its budget are left alone before it is looked at again: what they wait at
 * most once it is raised, and a row written for each 32 appends each time.
 */
export const PARK_MS = 60_000;

/** Log rows that one step of a replay reads and appends: at most a few MB, so that others get in between. */
export const REPLAY_ROWS_MAX = 8;

/** Rows that a search for an old event reads before it lets other requests in. */
export const SCAN_ROWS_MAX = 4096;
