/**
 * An authenticator's secrets: that of its codes, and the key under which its recovery codes are hashed. Kept sealed as one, so that a change of
 * the deployment's key takes both along.
 */
import { Secret, TOTP } from "otpauth";
import { renderSVG } from "uqr";
import type { KeyRing } from "../keys/key-ring.ts";
import { seal, unseal, type Sealed } from "../keys/seal.ts";
import { CODE_DIGITS, STEP_S } from "./one-time-codes.ts";

/** As long as what the codes are computed with gives out (RFC 4226, section 4, R6). */
const SECRET_BYTES = 20;
const RECOVERY_KEY_BYTES = 32;

/** White around a QR code, in modules (ISO/IEC 18004 asks for four). */
const QUIET_ZONE = 4;

export interface AuthenticatorSecrets {
  secret: Uint8Array<ArrayBuffer>;
  recoveryKey: Uint8Array<ArrayBuffer>;
}

export function newSecrets(): AuthenticatorSecrets {
  return {
    secret: crypto.getRandomValues(new Uint8Array(SECRET_BYTES)),
    recoveryKey: crypto.getRandomValues(new Uint8Array(RECOVERY_KEY_BYTES)),
  };
}

export async function sealSecrets(
  ring: KeyRing,
  enrollment: string,
  { secret, recoveryKey }: AuthenticatorSecrets,
): Promise<Sealed> {
  return seal(ring, placeOf(enrollment), new Uint8Array([...secret, ...recoveryKey]));
}

/** Undefined where the key is gone that sealed them. */
export async function unsealSecrets(
  ring: KeyRing,
  enrollment: string,
  sealed: Sealed,
): Promise<AuthenticatorSecrets | undefined> {
  const content = await unseal(ring, placeOf(enrollment), sealed);
  if (content === undefined) return undefined;
  return { secret: content.slice(0, SECRET_BYTES), recoveryKey: content.slice(SECRET_BYTES) };
}

/** What the person's authenticator is given: by hand, by link, or by camera. */
export function enrollmentMaterial(secret: Uint8Array<ArrayBuffer>, issuer: string, label: string) {
  const key = new Secret({ buffer: secret.slice().buffer });
  const otpauthUrl = new TOTP({ issuer, label, secret: key, digits: CODE_DIGITS, period: STEP_S }).toString();
  return { secret: key.base32, otpauthUrl, qrSvg: renderSVG(otpauthUrl, { ecc: "M", border: QUIET_ZONE }) };
}

function placeOf(enrollment: string): string {
  return `enrollment/${enrollment}`;
}
