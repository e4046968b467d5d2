/** The limits of the pipelines Worker, each with its reason. */

/** Runs of an event that fails in a way that may pass: with the delays below, some 20 minutes. Then it is dead. */
export const ATTEMPTS_MAX = 12;

/** The wait after the first failure; it doubles with each further one, up to the longest. */
export const BACKOFF_FIRST_MS = 1_000;
export const BACKOFF_MAX_MS = 10 * 60_000;

/** Waits of a fixed schedule are lengthened by up to this share, so that events that failed together come back apart. */
export const SCHEDULE_JITTER = 0.1;

/** Events that one event may become: its documents are written together, and a queue batch brings hundreds of events. */
export const EVENTS_OUT_MAX = 1_000;

/** A step's time, waiting included: far above what a lookup takes, and a queue batch waits for its slowest event. */
export const STEP_RUN_MAX_MS = 5_000;

/** Events of one call of a function: as many of the largest are well within what one call may bring. */
export const FUNCTION_CALL_EVENTS_MAX = 64;

/**
 * A call that could not begin within this time is not made: with a wait for a slot and a batch's own time (core/functions/limits.ts)
 * its answer would come after its events' time.
 */
export const FUNCTION_STARTS_WITHIN_MS = 6_000;

/** How long an isolate believes which version of a function is current; a batch believes it for another second. */
export const FUNCTION_TTL_MS = 1_000;

/** The time of all steps of an event together. */
export const EVENT_RUN_MAX_MS = 20_000;

/** Runs of an event whose step did not answer in time: each holds up its batch, so that it has fewer than `ATTEMPTS_MAX`. */
export const TIMEOUTS_MAX = 3;

/** One call over RPC holds 32 MiB; a batch of the queue, at most 256 KB, only gets there by splitting. */
export const WRITE_BYTES_MAX = 8 * 1024 * 1024;

/** Characters of an error that travel to the journal, which keeps no more. */
export const ERROR_CHARS_MAX = 400;

/** How long a pipeline's declaration is used. The journal's messages say from which version on it has to be. */
export const PIPELINE_TTL_MS = 2_000;

/** How long a collection's is used. A stale one costs a refused write and a refresh: leaves check the epoch. */
export const COLLECTION_TTL_MS = 5_000;

/** Topics that an event goes through at most. A chain of this length is a circle more often than a design. */
export const HOPS_MAX = 16;

/** Standard Webhooks asks for 15 to 30 s. */
export const WEBHOOK_TIMEOUT_MS = 15_000;

/** The retry schedule of Standard Webhooks: ten runs over three days and more. */
export const WEBHOOK_DELAYS_MS: readonly number[] = [
  5_000,
  5 * 60_000,
  30 * 60_000,
  2 * 3600_000,
  5 * 3600_000,
  10 * 3600_000,
  14 * 3600_000,
  20 * 3600_000,
  24 * 3600_000,
];

/** Connections that a Worker may wait for at a time are six (Workers: Limits). */
export const WEBHOOKS_AT_ONCE = 5;

/** What is read of an upstream's answer. */
export const UPSTREAM_BYTES_MAX = 1024 * 1024;

/** Declarations that are kept of each kind. */
export const CACHED_MAX = 1_000;

/** How long a message that is sent once is remembered: as long as a journal keeps what died, to be replayed. */
export const SENT_ONCE_MS = 30 * 24 * 3600_000;
