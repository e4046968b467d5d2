/** The limits of what is kept of metrics, each with its reason. */

/** What is counted within one slot is one row, which each record writes again: a record costs one row written. */
export const SLOT_MS = 15_000;

/** Slots between two folds: after five minutes the sums of all time are written anew, and slots added to hours and days. */
export const FOLD_SLOTS = 20;

/** Slots are kept for the windows of alerts of up to an hour; beyond that windows are made of hours. */
export const SLOTS_KEPT = 3_600_000 / SLOT_MS + FOLD_SLOTS;

export const HOURS_KEPT = 73;

/** What was used is shown by day, for a year and a month. */
export const DAYS_KEPT = 400;

/** Series in all: a hundred collections and pipelines with eighty series each. What is kept of a day stays below 2 MB, a row's limit. */
export const SERIES_KEPT_MAX = 8_000;

/** A gauge that nobody sets again is no longer known. */
export const GAUGE_KEPT_MS = 24 * 3_600_000;

/** A row may have 2 MB; a character of a series' name takes up to three bytes. */
export const PART_CHARACTERS_MAX = 600_000;

/** An isolate that has not sent for as long will not send again. */
export const ISOLATE_KEPT_MS = 3_600_000;
