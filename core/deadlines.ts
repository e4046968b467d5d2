/** How long requests may take. */

export const DEADLINE_MS_DEFAULT = 2_000;
export const DEADLINE_MS_MAX = 30_000;
