/** The limits of the second factor. docs/identity.md says what each is against; sign-up's are its own. */
import type { LimitPolicy } from "./gcra.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** Challenges that one network opens for one account: a person whose message does not come asks again, and again. */
export const OPENED_BY_NETWORK: LimitPolicy = { name: "challenges", burst: 10, refillMs: MINUTE_MS };

/** Challenges that networks open for an account from which it never answered one: each may cost a message. */
export const OPENED_BY_STRANGERS: LimitPolicy = {
  name: "challenges-account",
  burst: 30,
  refillMs: 2 * MINUTE_MS,
};

/**
 * Wrong answers of one network for one account: more than a person gives, and few enough that who shares the owner's address finds an
 * authenticator's code once in some ten years.
 */
export const ANSWERED_BY_NETWORK: LimitPolicy = { name: "answers", burst: 20, refillMs: 15 * MINUTE_MS };

/**
 * Wrong answers for an account of all networks from which it never gave a right one. Beyond it nothing is refused, or anybody could
 * lock anybody out: codes that are sent have more digits, and those of authenticators, which can't, do not count for strangers. Each guess at
 * these is right 3 times in a million: six a day are right once in 150 years.
 */
export const ANSWERED_BY_STRANGERS: LimitPolicy = {
  name: "answers-account",
  burst: 50,
  refillMs: 4 * HOUR_MS,
};

/** Challenges that one person's network opens, for whatever accounts. Offices and carriers have many behind one address. */
export const OPENED_BY_ADDRESS: LimitPolicy = { name: "challenges-address", burst: 60, refillMs: 30_000 };

/** Wrong answers of one network, to whatever challenges. */
export const ANSWERED_BY_ADDRESS: LimitPolicy = { name: "answers-address", burst: 100, refillMs: 20_000 };

/** Audit events of an account for what was refused before it was looked at: a flood of requests must not become one of events. */
export const REFUSALS_AUDITED: LimitPolicy = { name: "refusals", burst: 10, refillMs: MINUTE_MS };
