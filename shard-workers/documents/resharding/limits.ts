/** Every bound of resharding, with its reason. */

/**
 * Characters of documents, and of log entries, in a piece: to index so much takes some 20 ms, in which a leaf answers nothing else.
 * One document or batch more may be in it.
 */
export const PIECE_CHARACTERS_MAX = 192 * 1024;

/** Characters of records of events' writes in a piece, in one row or more. */
export const EVENT_CHARACTERS_MAX = 256 * 1024;

/**
 * After a piece of a copy, this many times as long nothing is copied: leaves that are copied from and to are so at work on it for a ninth of
 * their time, and most searches meet nothing of it.
 */
export const PAUSE_SHARE = 8;

/** The longest pause; and after the first piece of a part, for which leaves may have had to start: that says little of what a piece costs. */
export const PAUSE_MS_MAX = 500;
export const FIRST_PAUSE_MS_MAX = 40;

/** The least pause between two pieces: requests get in between. */
export const PAUSE_MS_MIN = 2;

/** How long a hand-over waits for the new leaves' replicas to have what these have; one that is dead must not hold it up for ever. */
export const REPLICAS_WAIT_MS = 20_000;
export const REPLICAS_LOOK_MS = 50;

/** How often the coordinator looks whether it is to pause, to undo, or to stop, and says how far it is. */
export const LOOK_MS = 500;

/** A call to a leaf that takes longer is taken for lost. */
export const MOVE_CALL_MS = 15_000;

/** A hand-over, in which writes wait, is called off when it takes longer, and tried again later. */
export const HAND_OVER_MS_MAX = 5_000;

/** How long a leaf holds a write during a hand-over, before it answers that it may be tried again: longer than one can take. */
export const HELD_MS_MAX = 10_000;

/** How often a leaf that holds writes asks whether the hand-over is over. */
export const HELD_LOOK_MS = 20;

/** Leaves that the coordinator calls side by side. */
export const LEAVES_AT_ONCE = 6;

/** The wait after a failure, which doubles with each in a row; after so many the resharding is paused, and says why. */
export const RETRY_FIRST_MS = 250;
export const RETRY_MAX_MS = 10_000;
export const FAILURES_MAX = 12;

/** How long one alarm of the coordinator works on. */
export const ALARM_WORK_MS = 5_000;
