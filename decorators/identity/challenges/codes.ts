/** Codes that are sent. */

/** What one guess in a million finds; five tries find it once in 200,000. */
export const CODE_DIGITS = 6;

/** While strangers guess at an account: nobody is locked out, and nobody guesses it. */
export const CODE_DIGITS_UNDER_ATTACK = 10;

/** The largest multiple of ten that a byte can be below: bytes from there on are drawn again, or some digits came oftener. */
const UNBIASED_BYTES = 250;

/** Decimal digits from the system's random numbers, each as likely as any other. */
export function randomDigits(
  count: number,
  fill = (bytes: Uint8Array): Uint8Array => crypto.getRandomValues(bytes),
): string {
  let digits = "";
  while (digits.length < count) {
    for (const byte of fill(new Uint8Array(count))) {
      if (byte < UNBIASED_BYTES && digits.length < count) digits += String(byte % 10);
    }
  }
  return digits;
}

/**
 * A code as a person may have typed it: spaces and hyphens, which messages and authenticators put in for the eye, don't count, nor does
 * the case of letters, and those that recovery codes never have are read as the digits that they look like.
 */
export function normalizeCode(text: string): string {
  return text.replaceAll(/[\s-]/g, "").toUpperCase().replaceAll("O", "0").replaceAll(/[IL]/g, "1");
}
