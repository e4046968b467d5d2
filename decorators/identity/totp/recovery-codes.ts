/** Recovery codes: ten for each authenticator, each used once, for when it is lost. */
import { hmac, sameHash } from "../keys/code-hash.ts";

export const RECOVERY_CODES = 10;

/** Crockford's base 32: no letter that looks like a digit. 16 of them are 80 bits: nothing to guess. */
const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const CODE_CHARS = 16;
const GROUP_CHARS = 4;
const HASH_BYTES = 16;

/** Ten codes, each in groups of four for the eye: `7K3D-…`. */
export function newRecoveryCodes(): string[] {
  return Array.from({ length: RECOVERY_CODES }, () => {
    const bytes = crypto.getRandomValues(new Uint8Array(CODE_CHARS));
    // A byte has eight times as many values as the alphabet, so each character is as likely as any other.
    const code = Array.from(bytes, (byte) => ALPHABET[byte % ALPHABET.length]).join("");
    return code.match(new RegExp(`.{${GROUP_CHARS}}`, "g"))?.join("-") ?? code;
  });
}

/** The codes' hashes, one behind the other: what is kept of them. `codes` as `normalizeCode` has them. */
export async function recoveryHashes(
  key: Uint8Array<ArrayBuffer>,
  codes: readonly string[],
): Promise<Uint8Array<ArrayBuffer>> {
  const hashes = new Uint8Array(codes.length * HASH_BYTES);
  for (const [index, code] of codes.entries()) {
    hashes.set(await hashOf(key, code), index * HASH_BYTES);
  }
  return hashes;
}

/** Which of the codes this is. It is compared with all, whichever it is. */
export async function matchingRecoveryCode(
  key: Uint8Array<ArrayBuffer>,
  hashes: Uint8Array,
  code: string,
): Promise<number | undefined> {
  const hash = await hashOf(key, code);
  let found: number | undefined;
  for (let index = 0; index * HASH_BYTES < hashes.length; index++) {
    if (sameHash(hash, hashes.subarray(index * HASH_BYTES, (index + 1) * HASH_BYTES))) found = index;
  }
  return found;
}

async function hashOf(key: Uint8Array<ArrayBuffer>, code: string): Promise<Uint8Array> {
  return (await hmac(key, code)).subarray(0, HASH_BYTES);
}
