/** Every bound of replication, with its reason. */

/**
 * Characters of log entries, and of copied documents, in a message. Both, and a document more, may be in one, as two bytes
 * a character at worst, and an RPC message ends at 32 MiB. So much is also what a segment holds that was just flushed.
 */
export const ENTRIES_CHARACTERS_MAX = 4 * 1024 * 1024;
export const COPY_CHARACTERS_MAX = 4 * 1024 * 1024;

/** Characters that one batch of writes may come to: its entry is applied whole, and so is sent in one message. */
export const BATCH_CHARACTERS_MAX = 12 * 1024 * 1024;

/** A call to another replica that takes longer is taken for lost. To apply an entry takes a fraction of it. */
export const CALL_DEADLINE_MS = 10_000;

/**
 * When the primary's alarm looks after what is not confirmed: how far behind a replica can be when the primary dies between
 * a write and its push, and nobody writes or reads with a bookmark. Setting an alarm is billed as a row written, so one that
 * comes sooner than writes do would double their price.
 */
export const ALARM_MS = 5_000;

/** The wait before a replica that failed is tried again; it doubles with each failure, and is spread at random. */
export const RETRY_FIRST_MS = 500;
export const RETRY_MAX_MS = 60_000;
