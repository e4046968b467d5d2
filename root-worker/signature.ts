/** Signatures of what clients carry for us (cursors, bookmarks): leaves believe what is in it. */

const encoder = new TextEncoder();

/** `secret` is known to every root Worker of the deployment; a signature is of one purpose, and good for no other. */
export async function sign(purpose: "cursor" | "bookmark", content: object, secret: string): Promise<string> {
  const material = encoder.encode(`umbel ${purpose} ${secret}`);
  const key = await crypto.subtle.importKey("raw", material, { name: "HMAC", hash: "SHA-256" }, false, [
    "sign",
  ]);
  return shortHex(await crypto.subtle.sign("HMAC", key, encoder.encode(JSON.stringify(content))));
}

/** Compared in a time that does not tell how much of it was right. */
export async function isSigned(
  purpose: "cursor" | "bookmark",
  content: object,
  signature: string,
  secret: string,
): Promise<boolean> {
  const expected = encoder.encode(await sign(purpose, content, secret));
  const given = encoder.encode(signature);
  return given.length === expected.length && crypto.subtle.timingSafeEqual(given, expected);
}

/** 128 bits are enough to sign and to tell apart, and keep tokens short. */
export function shortHex(digest: ArrayBuffer): string {
  return Array.from(new Uint8Array(digest, 0, 16), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
