/** Keys as their bearers have them: `umbel_<id>_<secret>`, a form that scanners of code find. */
import { ulid } from "ulidx";

const FORM = /^umbel_([0-9A-HJKMNP-TV-Z]{26})_[0-9a-f]{64}$/;

const SECRET_BYTES = 32;

const encoder = new TextEncoder();

export interface NewKey {
  id: string;
  /** To be told once, and not kept. */
  key: string;
}

/** A key by chance. */
export function randomKey(): NewKey {
  return keyOf(ulid(), crypto.getRandomValues(new Uint8Array(SECRET_BYTES)));
}

/**
 * The key that follows from an id and from what nobody else knows: a request that is repeated gets the same (docs/decisions/0119).
 *
 * @param id of a request with an `Idempotency-Key`; that alone tells no one the secret
 * @param adminKey the deployment's first key
 */
export async function repeatableKey(id: string, adminKey: string): Promise<NewKey> {
  const material = encoder.encode(`umbel key ${adminKey}`);
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const signing = await crypto.subtle.importKey("raw", material, algorithm, false, ["sign"]);
  return keyOf(id, new Uint8Array(await crypto.subtle.sign("HMAC", signing, encoder.encode(id))));
}

/** The id that is in a key; undefined: it is no key of this form. */
export function idOfKey(key: string): string | undefined {
  return FORM.exec(key)?.[1];
}

/** What is kept of a key. */
export async function hashOfKey(key: string): Promise<string> {
  return hex(new Uint8Array(await crypto.subtle.digest("SHA-256", encoder.encode(key))));
}

/** Whether a hash is the key's, in a time that does not tell how much of it is. */
export async function isKeyOf(hash: string, key: string): Promise<boolean> {
  const [kept, given] = [encoder.encode(hash), encoder.encode(await hashOfKey(key))];
  return kept.length === given.length && crypto.subtle.timingSafeEqual(kept, given);
}

function keyOf(id: string, secret: Uint8Array): NewKey {
  return { id, key: `umbel_${id}_${hex(secret)}` };
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
