/** Secrets that webhooks are signed with, as Standard Webhooks writes them: `whsec_` and 24 to 64 bytes in base64. */
import { fromBase64, isBase64, toBase64 } from "./cloudevents/base64.ts";

const PREFIX = "whsec_";
const BYTES_MIN = 24;
const BYTES_MAX = 64;
const BYTES_MADE = 32;

export function isWebhookSecret(text: string): boolean {
  if (!text.startsWith(PREFIX)) return false;
  const key = text.slice(PREFIX.length);
  if (!isBase64(key)) return false;
  const { length } = fromBase64(key);
  return length >= BYTES_MIN && length <= BYTES_MAX;
}

/** A new one, of random bytes. */
export function newWebhookSecret(): string {
  return PREFIX + toBase64(crypto.getRandomValues(new Uint8Array(BYTES_MADE)));
}
