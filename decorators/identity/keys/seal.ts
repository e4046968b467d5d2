/**
 * Sealing: AES-256-GCM under the key ring's current key. What is sealed says which key opens it, and opens only in the place that it
 * was sealed for (the additional data), so that a row copied over another opens nothing.
 */
import type { KeyRing, MasterKey } from "./key-ring.ts";

/** NIST SP 800-38D, 8.2.2: 96 random bits, for at most 2^32 uses of a key. */
const NONCE_BYTES = 12;

export interface Sealed {
  /** The id of the key. */
  key: string;
  /** The nonce, and what AES-GCM made. */
  bytes: Uint8Array<ArrayBuffer>;
}

export async function seal(ring: KeyRing, place: string, content: Uint8Array<ArrayBuffer>): Promise<Sealed> {
  const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
  const key = await cipherKey(ring.current);
  const encrypted = await crypto.subtle.encrypt(parameters(nonce, place), key, content);
  const bytes = new Uint8Array(NONCE_BYTES + encrypted.byteLength);
  bytes.set(nonce);
  bytes.set(new Uint8Array(encrypted), NONCE_BYTES);
  return { key: ring.current.id, bytes };
}

/** What was sealed; undefined where its key is gone, or it was not sealed for this place. */
export async function unseal(
  ring: KeyRing,
  place: string,
  sealed: Sealed,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const master = ring.find(sealed.key);
  if (master === undefined) return undefined;
  const nonce = sealed.bytes.slice(0, NONCE_BYTES);
  try {
    const key = await cipherKey(master);
    const content = sealed.bytes.slice(NONCE_BYTES);
    return new Uint8Array(await crypto.subtle.decrypt(parameters(nonce, place), key, content));
  } catch {
    return undefined;
  }
}

const cipherKeys = new WeakMap<MasterKey, Promise<CryptoKey>>();

function cipherKey(master: MasterKey): Promise<CryptoKey> {
  const known =
    cipherKeys.get(master) ??
    master
      .derive("seal")
      .then((bytes) => crypto.subtle.importKey("raw", bytes, "AES-GCM", false, ["encrypt", "decrypt"]));
  cipherKeys.set(master, known);
  return known;
}

function parameters(nonce: Uint8Array<ArrayBuffer>, place: string) {
  return { name: "AES-GCM", iv: nonce, additionalData: new TextEncoder().encode(place) };
}
