/** How much of an event or a batch is taken, and why not more. */

/**
 * One event, as UTF-8 bytes of its JSON. A queue message has at most 128,000 bytes, and an event shares it with
 * its pipeline's name, its attempts and the envelope. CloudEvents asks that 64 KiB pass everywhere (spec.md, Size Limits).
 */
export const EVENT_BYTES_MAX = 96 * 1024;

/** Events in one request: they are appended to the journal as one row, and answered one by one. */
export const BATCH_EVENTS_MAX = 1000;

/**
 * Levels of arrays and objects in an event's data, its outermost included. What walks data recursively (cloning,
 * `JSON.stringify`, a decorator) overflows the stack at some depth; a document is bounded alike.
 */
export const DATA_DEPTH_MAX = 64;

/** Faults that are listed in one answer: 10 MB of misnamed attributes would else become millions of them. */
export const FAULTS_LISTED_MAX = 100;

/** Characters of a name in a path: enough to recognise an attribute by, and no echo of what a hostile sender wrote. */
export const PATH_NAME_CHARS_MAX = 64;
