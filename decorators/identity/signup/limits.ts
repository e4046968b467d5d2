/** How much signing up there may be. */
import type { LimitPolicy } from "../limits/gcra.ts";

/** How long a link works. */
export const LINK_MS = 24 * 3600_000;

const MINUTE_MS = 60_000;

/** From a network address: what a classroom behind one may do at once, and no more than a person fills in forms for. */
export const SIGNUPS_BY_ADDRESS: LimitPolicy = { name: "signup", burst: 30, refillMs: MINUTE_MS };

/** For a mailbox: who has mistyped or lost a mail tries again, and nobody's mailbox is filled by others. */
export const SIGNUPS_BY_MAILBOX: LimitPolicy = { name: "signup-mailbox", burst: 3, refillMs: 60 * MINUTE_MS };

/** Tokens can't be guessed; this bounds the work that trying makes. */
export const VERIFICATIONS_BY_ADDRESS: LimitPolicy = { name: "signup-verify", burst: 60, refillMs: 5_000 };
