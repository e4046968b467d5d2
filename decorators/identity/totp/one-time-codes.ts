/** Codes of authenticators: HOTP (RFC 4226) over the time's steps (RFC 6238). */
import { HOTP, Secret } from "otpauth";

export const STEP_S = 30;
export const CODE_DIGITS = 6;

/** What every authenticator knows; a choice that some ignore in silence would make codes that never match (docs/identity.md). */
const ALGORITHM = "SHA1";

/** One step of drift to either side (RFC 6238, section 5.2), the likeliest first. */
const DRIFT_STEPS = [0, -1, 1];

export function stepAt(now: number): number {
  return Math.floor(now / 1000 / STEP_S);
}

/** The code of a counter, or of a step. */
export function codeOf(
  secret: Uint8Array<ArrayBuffer>,
  counter: number,
  { algorithm = ALGORITHM, digits = CODE_DIGITS }: { algorithm?: string; digits?: number } = {},
): string {
  return HOTP.generate({ secret: new Secret({ buffer: secret.slice().buffer }), counter, algorithm, digits });
}

/**
 * The step whose code this is, of those that may be used now: later than the last that was accepted, so that each is accepted
 * once. All are computed and compared, whichever it is.
 */
export function matchingStep(
  secret: Uint8Array<ArrayBuffer>,
  code: string,
  lastStep: number,
  now: number,
): number | undefined {
  let found: number | undefined;
  for (const drift of DRIFT_STEPS) {
    const step = stepAt(now) + drift;
    const matches = sameCode(codeOf(secret, Math.max(0, step)), code);
    if (matches && step > lastStep) found ??= step;
  }
  return found;
}

const encoder = new TextEncoder();
const COMPARED_BYTES = 64;

/** Compares in the same time wherever they differ, and whatever was sent. */
function sameCode(expected: string, given: string): boolean {
  const [left, right] = [expected, given].map((text) => {
    const padded = new Uint8Array(COMPARED_BYTES);
    encoder.encodeInto(text, padded);
    return padded;
  });
  return left !== undefined && right !== undefined && crypto.subtle.timingSafeEqual(left, right);
}
