/** Sign-ups: what the identity Worker does for the root, which takes them in, and for pipelines, which mail their links. */
import type { Origin } from "../cloudevents/origin.ts";
import type { Result } from "../errors.ts";
import type { Client } from "./identity.ts";

/** Events of these topics are the identity Worker's alone: nobody else can publish there. */
export const SIGNUP_TOPIC = "identity.signup";
export const VERIFIED_TOPIC = "identity.verified";

/** The source of their events; the id of each is that of its sign-up. */
export const SIGNUPS_SOURCE = "/v1/signups";

/** Somebody who signs up. */
export interface SignupRequest {
  /** As it was given. */
  email: string;
  /** What else they say of themselves: JSON, bounded by the root. Not a `Record`, which Workers' RPC types don't send. */
  profile: object;
  /** The page that a link leads to. */
  page: string;
}

/** Whose request it is, and what is known of where it came from; the address is the same in both. */
export interface Whence {
  client: Client;
  origin: Origin;
}

/** Fields of sign-ups' events that are not the person's to fill, beside `address`, which says something else in a request. */
export const RESERVED_FIELDS = ["id", "page", "link", "expiresAt", "signedUpAt", "verifiedAt"] as const;

/** Each method answers a failure as data; it throws only when the platform itself fails. */
export interface SignupsApi {
  /**
   * Begins a sign-up, and voids an earlier one of the same address: its event is durable when this answers. Whether the address has an
   * account already makes no difference to what is done here.
   */
  signUp(request: SignupRequest, whence: Whence): Promise<Result<{ signup: string }>>;
  /** Ends a sign-up by the token of its link, once; `user` is the id that the person has from now on. */
  verifySignup(token: string, whence: Whence): Promise<Result<{ user: string }>>;
}

/** Sign-ups that one call asks for. */
export const LINK_TOKENS_MAX = 1_000;

/** For the pipelines Worker, whose step `verification-link` it is. */
export interface SignupLinksApi {
  /**
   * The tokens of sign-ups' links, in the order of their ids and the same at every call; null for a sign-up that is over: verified, void,
   * expired or none.
   */
  tokensOf(signups: string[]): Promise<Result<{ tokens: (string | null)[] }>>;
}
