/** What a function may take at most. docs/functions.md tells them to users, with the code that each is answered with. */

/** Of all modules together, in UTF-8. Code is parsed whenever an isolate starts, and a dense module takes a hundred times its size for that. */
export const CODE_BYTES_MAX = 512 * 1024;
/** The same as JSON, which escapes may make longer: it lies in one row of SQLite, which takes 2 MB. */
export const CODE_ROW_BYTES_MAX = 1_900_000;
/** Of all examples as JSON: they lie in a row, too, and run at every upload. */
export const EXAMPLES_BYTES_MAX = 512 * 1024;
export const MODULES_MAX = 64;
export const MODULE_PATH_CHARS_MAX = 128;

/** The time one call may take, from outside, on the clock of whoever waits. */
export const CALL_MAX_MS = 1_000;
/** The time a batch of events may take; `map`, `reduce` and `handle` are a call each. */
export const BATCH_MAX_MS = 5_000;

/** Loop turns and function entries of one call: about a second of simple loops. */
export const STEPS_MAX = 10_000_000;

/** CPU time of one call into the isolate, a batch included. The platform enforces it; a local run does not. */
export const CPU_MAX_MS = 1_000;

/** Of the text that goes in, and of what comes out, for a call and for a batch. An RPC message has 32 MiB. */
export const INPUT_BYTES_MAX = 8 * 1024 * 1024;
export const OUTPUT_BYTES_MAX = 4 * 1024 * 1024;
export const BATCH_ITEMS_MAX = 1_000;

/** Dynamic Workers in flight: the platform takes 4 distinct ones a request, and 10 a Durable Object. */
export const REQUEST_SLOTS = 4;
export const OBJECT_SLOTS = 10;
/** How many wait for a slot, and for how long; the next is `function-busy`. */
export const WAITING_MAX = 256;
export const WAIT_MAX_MS = 5_000;

/** How long a host believes which version is current. */
export const CURRENT_TTL_MS = 1_000;
