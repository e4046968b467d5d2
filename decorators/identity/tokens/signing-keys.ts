/**
 * The keys that sign tokens: Ed25519, derived from those of the key ring, so that there is nothing to store, and a token's key is changed by
 * changing the ring's. All of the ring's are published, so that tokens signed before a change stay valid as long as they would have.
 */
import { calculateJwkThumbprint } from "jose";
import type { PublicJwk } from "../../../core/contracts/identity.ts";
import type { KeyRing, MasterKey } from "../keys/key-ring.ts";

export const TOKEN_ALGORITHM = "EdDSA";

/** What stands before the 32 bytes of an Ed25519 key in PKCS #8 (RFC 8410, section 7). */
const PKCS8_PREFIX = new Uint8Array([
  0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
]);

export interface SigningKey {
  /** Its thumbprint (RFC 7638). */
  kid: string;
  sign: CryptoKey;
  publicJwk: PublicJwk;
}

const known = new WeakMap<MasterKey, Promise<SigningKey>>();

export function signingKey(master: MasterKey): Promise<SigningKey> {
  const key = known.get(master) ?? derive(master);
  known.set(master, key);
  return key;
}

/** The public halves, the current one first. */
export async function publicKeys(ring: KeyRing): Promise<PublicJwk[]> {
  return Promise.all(ring.all.map(async (master) => (await signingKey(master)).publicJwk));
}

async function derive(master: MasterKey): Promise<SigningKey> {
  const seed = await master.derive("token");
  const pkcs8 = new Uint8Array(PKCS8_PREFIX.length + seed.length);
  pkcs8.set(PKCS8_PREFIX);
  pkcs8.set(seed, PKCS8_PREFIX.length);
  // Extractable, because the public half is to be had in no other way; the private one leaves this function as a key that is not.
  const extractable = await crypto.subtle.importKey("pkcs8", pkcs8, "Ed25519", true, ["sign"]);
  const jwk = await crypto.subtle.exportKey("jwk", extractable);
  if (jwk instanceof ArrayBuffer || jwk.x === undefined) throw new Error("a JWK of an Ed25519 key has x");
  const kid = await calculateJwkThumbprint({ kty: "OKP", crv: "Ed25519", x: jwk.x });
  return {
    kid,
    sign: await crypto.subtle.importKey("pkcs8", pkcs8, "Ed25519", false, ["sign"]),
    publicJwk: { kty: "OKP", crv: "Ed25519", x: jwk.x, kid, alg: TOKEN_ALGORITHM, use: "sig" },
  };
}
