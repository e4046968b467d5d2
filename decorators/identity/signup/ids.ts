/** What people and their sign-ups are known by. */
import { base64url } from "jose";

/** 128 bits: no two addresses share an id, and no id of a sign-up is guessed. */
const ID_BYTES = 16;

/** Sign-ups are spread over this many objects, by address; for ever, as a sign-up's id names its part. */
const PARTS = 16;

const USER_PREFIX = "u_";

/**
 * The id of the person at an address: always the same, so that nobody is there twice. A hash without a key, as it outlives every key; so
 * whoever sees it can tell whether it belongs to an address that they know.
 */
export async function userIdOf(address: string): Promise<string> {
  const bytes = new TextEncoder().encode(`umbel/user/1\0${address}`);
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return `${USER_PREFIX}${base64url.encode(hash.subarray(0, ID_BYTES))}`;
}

/** A new sign-up's id, which names the part that keeps it. */
export function newSignupId(user: string): string {
  const [byte = 0] = base64url.decode(user.slice(USER_PREFIX.length));
  const part = byte % PARTS;
  const random = crypto.getRandomValues(new Uint8Array(ID_BYTES));
  return `su_${part.toString(PARTS)}${base64url.encode(random)}`;
}

const SIGNUP_PATTERN = /^su_([0-9a-f])[A-Za-z0-9_-]{22}$/;

/** The name of the object that keeps a sign-up; undefined for what is no sign-up's id. */
export function partOf(signup: string): string | undefined {
  return SIGNUP_PATTERN.exec(signup)?.[1];
}
