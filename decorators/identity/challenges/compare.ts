/** Compares an answer with everything that it might be: the code that was sent, one of an authenticator, a recovery code. */
import type { ChallengeRow, EnrollmentRow } from "../accounts/rows.ts";
import { codeHash, sameHash } from "../keys/code-hash.ts";
import type { KeyRing } from "../keys/key-ring.ts";
import type { Sealed } from "../keys/seal.ts";
import { newSecrets, sealSecrets, unsealSecrets } from "../totp/authenticator.ts";
import { matchingStep } from "../totp/one-time-codes.ts";
import { matchingRecoveryCode } from "../totp/recovery-codes.ts";

export interface Comparison {
  /** It is the code that was sent. */
  delivered: boolean;
  /** It is the authenticator's code of this step, which is later than the last that was accepted. */
  step: number | undefined;
  /** It is this one of the recovery codes. */
  recoveryCode: number | undefined;
  /** The authenticator's secrets under the current key, where they were under another. */
  resealed: Sealed | undefined;
}

/** All of it every time, in one order, whatever was sent, and also where one has matched already. */
export async function compareAnswer(
  ring: KeyRing,
  { challenge, enrollment }: { challenge: ChallengeRow; enrollment: EnrollmentRow },
  code: string,
  now: number,
): Promise<Comparison> {
  // A key that is gone from the ring has made its codes unreadable; the current one makes them wrong.
  const hash = await codeHash(ring.find(challenge.key) ?? ring.current, challenge.nonce, code);
  const delivered = sameHash(hash, challenge.hash);
  const opened = await unsealSecrets(ring, enrollment.id, enrollment.sealed);
  if (opened === undefined)
    console.error(JSON.stringify({ event: "enrollment-key-gone", key: enrollment.sealed.key }));
  const { secret, recoveryKey } = opened ?? newSecrets();
  const step = matchingStep(secret, code, enrollment.lastStep, now);
  const recoveryCode = await matchingRecoveryCode(recoveryKey, enrollment.recovery, code);
  const resealed =
    opened !== undefined && enrollment.sealed.key !== ring.current.id
      ? await sealSecrets(ring, enrollment.id, opened)
      : undefined;
  return { delivered, step, recoveryCode, resealed };
}
