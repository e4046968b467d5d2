/**
 * The keys of the deployment, out of the secret `UMBEL_IDENTITY_KEYS`: `id:key` pairs joined by commas, each key 32 bytes in base64url. The
 * first one is for what is new; the others are there for what was made with them, so that a key is changed by putting a new one in
 * front. No key is used as it is: each use has one of its own, derived by HKDF (RFC 5869), so that what one use gives away says
 * nothing about another.
 */
import { base64url } from "jose";
import { failure, type Result } from "../../../core/errors.ts";

const KEY_BYTES = 32;
const ID_PATTERN = /^[A-Za-z0-9_-]{1,32}$/;
const SECRET_PATTERN = /^[A-Za-z0-9_-]{43}=?$/;

/** What a key is for; each in a word that is part of its derivation, so that a change of one makes all of that use unreadable. */
export type KeyUse = "seal" | "code" | "token" | "link";

export interface MasterKey {
  id: string;
  /** The bytes of the key for a use. */
  derive(use: KeyUse): Promise<Uint8Array<ArrayBuffer>>;
}

export interface KeyRing {
  /** For what is new. */
  current: MasterKey;
  /** All of them, the current one first. */
  all: readonly MasterKey[];
  find(id: string): MasterKey | undefined;
}

const NOT_CONFIGURED =
  "Identity needs the secret UMBEL_IDENTITY_KEYS. Deployed: `npx wrangler secret put UMBEL_IDENTITY_KEYS -c decorators/identity/wrangler.toml`; docs/identity.md says how to make it. On a laptop, `npm start` makes it.";

/** An isolate meets one secret all its life; reading it anew at each request would derive every key anew. */
let last: { secret: string; ring: KeyRing } | undefined;

/** The ring, or `not-configured`. */
export function keyRing(secret: string | undefined): Result<{ ring: KeyRing }> {
  if (secret === undefined || secret === "") return failure("not-configured", NOT_CONFIGURED);
  if (last?.secret === secret) return { ok: true, ring: last.ring };
  const ring = parseKeyRing(secret);
  if (ring === undefined) {
    return failure("not-configured", "UMBEL_IDENTITY_KEYS is not what docs/identity.md says it is.");
  }
  last = { secret, ring };
  return { ok: true, ring };
}

/** Undefined when it is not well-formed, or one id stands for two keys. */
export function parseKeyRing(secret: string): KeyRing | undefined {
  const all: MasterKey[] = [];
  for (const pair of secret.split(",")) {
    const [id = "", key = "", ...rest] = pair.trim().split(":");
    if (!ID_PATTERN.test(id) || !SECRET_PATTERN.test(key) || rest.length > 0) return undefined;
    if (all.some((other) => other.id === id)) return undefined;
    all.push(masterKey(id, new Uint8Array(base64url.decode(key))));
  }
  const [current] = all;
  if (current === undefined) return undefined;
  return { current, all, find: (id) => all.find((key) => key.id === id) };
}

function masterKey(id: string, bytes: Uint8Array<ArrayBuffer>): MasterKey {
  const derived = new Map<KeyUse, Promise<Uint8Array<ArrayBuffer>>>();
  return {
    id,
    derive(use) {
      const known = derived.get(use) ?? hkdf(bytes, use);
      derived.set(use, known);
      return known;
    },
  };
}

async function hkdf(bytes: Uint8Array<ArrayBuffer>, use: KeyUse): Promise<Uint8Array<ArrayBuffer>> {
  const key = await crypto.subtle.importKey("raw", bytes, "HKDF", false, ["deriveBits"]);
  const info = new TextEncoder().encode(`umbel/identity/${use}/1`);
  const algorithm = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info };
  return new Uint8Array(await crypto.subtle.deriveBits(algorithm, key, KEY_BYTES * 8));
}
