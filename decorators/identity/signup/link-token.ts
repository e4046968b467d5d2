/**
 * The token of a sign-up's link: the sign-up's id, and its HMAC by a key of the deployment. It is made when its mail is, and kept nowhere: what the
 * platform keeps (an id, in a row, an event, a log) does not say it. Made twice it is the same, so that a mail that is sent again has
 * the same link.
 */
import { base64url } from "jose";
import { hmac, sameHash } from "../keys/code-hash.ts";
import type { KeyRing, MasterKey } from "../keys/key-ring.ts";
import { partOf } from "./ids.ts";

export async function linkToken(key: MasterKey, signup: string): Promise<string> {
  return `${signup}.${await signature(key, signup)}`;
}

/** The sign-up whose link has this token; undefined for what no key of the ring has made. */
export async function readLinkToken(ring: KeyRing, token: string): Promise<string | undefined> {
  const at = token.indexOf(".");
  const signup = token.slice(0, Math.max(at, 0));
  if (partOf(signup) === undefined) return undefined;
  const given = encoder.encode(token);
  let found = false;
  // As a text: of one signature, base64url has several spellings.
  for (const key of ring.all) found = sameHash(given, encoder.encode(await linkToken(key, signup))) || found;
  return found ? signup : undefined;
}

const encoder = new TextEncoder();

async function signature(key: MasterKey, signup: string): Promise<string> {
  return base64url.encode(await hmac(await key.derive("link"), signup));
}
