/**
 * `Idempotency-Key`: events and documents without an id of their own get ids that follow from the key and from what they are, so that the
 * same request sent again makes nothing new. Nothing is kept for it (docs/decisions/0119).
 */
import { z } from "@hono/zod-openapi";
import { Problem } from "./problem.ts";

const HEADER = "idempotency-key";

const KEY_CHARS_MAX = 255;

/** For the documentation of the routes that honour it. */
export const IdempotencyKey = z.object({
  [HEADER]: z.string().min(1).max(KEY_CHARS_MAX).optional().openapi({
    description:
      "What has no id of its own is made once, however often the same request comes with the same key",
  }),
});

/** The key of a request, if it has one; a problem where it can't be one. */
export function idempotencyKey(headers: Headers): string | undefined {
  const key = headers.get(HEADER);
  if (key === null) return undefined;
  if (key !== "" && key.length <= KEY_CHARS_MAX) return key;
  const message = `must have 1 to ${KEY_CHARS_MAX} characters`;
  throw new Problem("invalid-request", `Idempotency-Key ${message}.`, [{ path: HEADER, message }]);
}

/** Crockford's base 32, the digits of ULIDs. */
const DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** A ULID's digits: 100 bits that tell requests apart, and the place in the request. */
const SEED_DIGITS = 20;
const PLACE_DIGITS = 6;

const encoder = new TextEncoder();

/**
 * What ids of a request begin with.
 *
 * @param where a path or an id: the same key may be used elsewhere, for something else
 * @param content what is made. A key that comes again with something else names something else
 */
export async function idSeed(key: string, where: string, content: Uint8Array): Promise<string> {
  const head = encoder.encode(JSON.stringify([key, where]));
  const bytes = new Uint8Array(head.length + content.length);
  bytes.set(head);
  bytes.set(content, head.length);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  // A ULID's first digit is at most 7: it has 128 bits.
  return Array.from(digest.subarray(0, SEED_DIGITS), (byte, n) => digit(n === 0 ? byte % 8 : byte)).join("");
}

/** The id of what is at a place of the request. */
export function idAt(seed: string, place: number): string {
  let digits = "";
  for (let n = 0, rest = place; n < PLACE_DIGITS; n++, rest = Math.floor(rest / 32))
    digits = digit(rest) + digits;
  return seed + digits;
}

function digit(value: number): string {
  return DIGITS.charAt(value % 32);
}
