/** Bytes as base64 with padding (RFC 4648, section 4). Strict, where `atob` forgives spaces and missing padding. */

/** Bytes a call of `String.fromCharCode`: each is an argument, and arguments go on the stack. */
const CHUNK_BYTES = 8192;

export function isBase64(text: string): boolean {
  return text.length % 4 === 0 && /^[A-Za-z\d+/]*={0,2}$/.test(text);
}

export function toBase64(bytes: Uint8Array): string {
  let binary = "";
  for (let start = 0; start < bytes.length; start += CHUNK_BYTES) {
    binary += String.fromCharCode(...bytes.subarray(start, start + CHUNK_BYTES));
  }
  return btoa(binary);
}

/** @throws if `text` is not base64; see `isBase64`. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
