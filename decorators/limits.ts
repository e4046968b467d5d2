/** What a step may make of one event at most, and why not more. The runner has bounds of its own; these keep a step from ever getting there. */

/**
 * Characters of text that a step builds: what it makes has to fit a document (1 MB), and a hundred events are in an
 * isolate's 128 MB at a time.
 */
export const TEXT_CHARS_MAX = 1024 * 1024;

/** Elements of an array that a step makes or goes through: far beyond what an event of 96 KB can bring. */
export const ELEMENTS_MAX = 10_000;

/** Events that one becomes: the runner takes no more. */
export const SPLIT_EVENTS_MAX = 1_000;

/** Pipelines that call each other: deeper is a mistake, and each level costs every event. */
export const CALLS_MAX = 8;

/** Versions of a function that a step splits its events between: each is an isolate of its own. */
export const SPLIT_VERSIONS_MAX = 5;

/** Steps within a step, and levels of them. */
export const INNER_STEPS_MAX = 16;
export const INNER_LEVELS_MAX = 4;

/** Paths in one option. */
export const PATHS_MAX = 64;

/** The longest window of `dedupe` and interval of `rate-limit`: their state is kept for that long. */
export const WINDOW_SECONDS_MAX = 7 * 24 * 3600;
