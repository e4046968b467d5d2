/** Codes and tokens as they are kept: HMAC-SHA-256, so that what is stored can't be tried out without the key. */
import type { MasterKey } from "./key-ring.ts";

/** The hash of a code in its place, such as one challenge: the same code elsewhere has another. */
export async function codeHash(
  key: MasterKey,
  place: string,
  code: string,
): Promise<Uint8Array<ArrayBuffer>> {
  return hmac(await key.derive("code"), `${place}\0${code}`);
}

/** HMAC-SHA-256 of a text. */
export async function hmac(bytes: Uint8Array<ArrayBuffer>, text: string): Promise<Uint8Array<ArrayBuffer>> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", bytes, algorithm, false, ["sign"]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", key, new TextEncoder().encode(text)));
}

/** Whether two hashes are the same, in the same time wherever they differ. */
export function sameHash(a: Uint8Array, b: Uint8Array): boolean {
  return a.byteLength === b.byteLength && crypto.subtle.timingSafeEqual(a, b);
}
