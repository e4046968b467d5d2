/** Opaque tokens (cursors, bookmarks) as text that needs no escaping in a URL (RFC 4648, section 5). */

/** A value of plain data as base64url of its JSON. */
export function encodeToken(value: unknown): string {
  const bytes = new TextEncoder().encode(JSON.stringify(value));
  const binary = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** What `encodeToken` was given, or undefined for anything that it did not make. */
export function decodeToken(token: string): unknown {
  if (!/^[\w-]+$/.test(token)) return undefined;
  try {
    const binary = atob(token.replaceAll("-", "+").replaceAll("_", "/"));
    return JSON.parse(
      new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(
        Uint8Array.from(binary, (c) => c.charCodeAt(0)),
      ),
    );
  } catch {
    return undefined;
  }
}
