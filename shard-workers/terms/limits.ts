/** Every bound of term leaves, with its reason. */

/**
 * How long a read waits for what it is to see: a push is on its way as soon as a write is answered. After that the caller has the
 * shards push once more.
 */
export const PUSH_WAIT_MS = 250;
