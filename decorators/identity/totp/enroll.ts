/** Authenticators: begun, confirmed by a code, listed, removed. */
import type { Enrollment, NewEnrollment } from "../../../core/contracts/identity.ts";
import { failure, type Result } from "../../../core/errors.ts";
import { randomHex, type AccountHash } from "../accounts/account-name.ts";
import { audit, type Desk } from "../accounts/desk.ts";
import type { EnrollmentRow, Slot } from "../accounts/rows.ts";
import { DECOY } from "../accounts/store.ts";
import { normalizeCode } from "../challenges/codes.ts";
import { tooMany } from "../limits/gcra.ts";
import { enrollmentMaterial, newSecrets, sealSecrets, unsealSecrets } from "./authenticator.ts";
import { matchingStep } from "./one-time-codes.ts";
import { newRecoveryCodes, RECOVERY_CODES, recoveryHashes } from "./recovery-codes.ts";

/** Time enough to install an authenticator. What is not confirmed by then never counted. */
const PENDING_TTL_MS = 60 * 60_000;

/** Wrong codes that an authenticator may be confirmed with. */
const CONFIRM_TRIES_MAX = 10;

const ID_RANDOM_BYTES = 16;

/** Its id: the account's hash, by which it is found, and random characters. */
export const ENROLLMENT_PATTERN = /^[0-9a-f]{64}$/;

/** The person's address, for the audit. */
interface From {
  address: string | undefined;
}

export interface Beginning extends From {
  account: AccountHash;
  name: string;
  label: string | undefined;
  /** Whom an authenticator shows the codes to be for. */
  issuer: string;
}

export async function beginEnrollment(desk: Desk, beginning: Beginning): Promise<Result<NewEnrollment>> {
  const { account, name, label, issuer, address } = beginning;
  const id = account + randomHex(ID_RANDOM_BYTES);
  const recoveryCodes = newRecoveryCodes();
  const { row, secret } = await newRow(desk, { account, id, name, slot: "pending" }, recoveryCodes);
  const now = desk.now();
  const expiresAt = now + PENDING_TTL_MS;
  desk.store.transaction(() => {
    desk.store.putEnrollment({ ...row, label: label ?? null, createdAt: now, expiresAt });
    audit(desk, { action: "enrollment.begun", subject: name, address, details: { enrollment: id } }, now);
  });
  const material = enrollmentMaterial(secret, issuer, label ?? name);
  return {
    ok: true,
    enrollment: id,
    ...material,
    recoveryCodes,
    expiresAt: new Date(expiresAt).toISOString(),
  };
}

/** From then on it counts, and the one that did is gone. The code that confirms it is used by that. */
export async function confirmEnrollment(
  desk: Desk,
  id: string,
  { code, address }: From & { code: string },
): Promise<Result<object>> {
  const { store } = desk;
  const counted = store.transaction(() => countConfirmation(desk, id));
  if (!counted.ok) return counted;
  const { row } = counted;
  const secrets = await unsealSecrets(desk.ring, id, row.sealed);
  if (secrets === undefined) return failure("gone", "The key is gone that the enrolment was made with.");
  const step = matchingStep(secrets.secret, normalizeCode(code), row.lastStep, desk.now());
  return store.transaction(() => {
    const now = desk.now();
    const current = store.enrollment(row.account, "pending");
    if (current?.id !== id) return gone();
    const details = { enrollment: id };
    if (step === undefined) {
      const refusal = { action: "enrollment.refused", subject: row.name, address };
      audit(desk, { ...refusal, details: { ...details, reason: "wrong", tries: row.tries } }, now);
      return failure("wrong-code", "The code is wrong.");
    }
    store.deleteEnrollment(row.account, "pending");
    const confirmed = {
      slot: "confirmed",
      confirmedAt: now,
      expiresAt: null,
      lastStep: step,
      tries: 0,
    } as const;
    store.putEnrollment({ ...row, ...confirmed });
    audit(desk, { action: "enrollment.confirmed", subject: row.name, address, details }, now);
    return { ok: true };
  });
}

function countConfirmation({ store, now }: Desk, id: string): Result<{ row: EnrollmentRow }> {
  const account = accountOf(id);
  const pending = store.enrollment(account, "pending");
  if (pending?.id !== id) {
    const isConfirmed = store.enrollment(account, "confirmed")?.id === id;
    return isConfirmed ? failure("conflict", "The enrolment is confirmed already.") : unknown();
  }
  const retryMs = (pending.expiresAt ?? 0) - now();
  if (retryMs <= 0) return gone();
  if (pending.tries >= CONFIRM_TRIES_MAX) {
    const tries = { policy: "tries", quota: CONFIRM_TRIES_MAX, windowMs: PENDING_TTL_MS, retryMs };
    return tooMany(tries, "There were too many wrong codes. Begin a new enrolment.");
  }
  const row = { ...pending, tries: pending.tries + 1 };
  store.putEnrollment(row);
  return { ok: true, row };
}

export function removeEnrollment(desk: Desk, id: string, { address }: From): Result<object> {
  const { store } = desk;
  return store.transaction(() => {
    const found = (["confirmed", "pending"] as const)
      .map((slot) => store.enrollment(accountOf(id), slot))
      .find((row) => row?.id === id);
    if (found === undefined) return unknown();
    store.deleteEnrollment(found.account, found.slot);
    const details = { enrollment: id, state: found.slot };
    audit(desk, { action: "enrollment.removed", subject: found.name, address, details }, desk.now());
    return { ok: true };
  });
}

export function listEnrollments({ store, now }: Desk, account: AccountHash): Enrollment[] {
  return (["confirmed", "pending"] as const).flatMap((slot) => {
    const row = store.enrollment(account, slot);
    return row === undefined || (row.expiresAt ?? Number.POSITIVE_INFINITY) <= now() ? [] : [describe(row)];
  });
}

function describe({ id, slot, label, createdAt, confirmedAt, used }: EnrollmentRow): Enrollment {
  const usedCodes = Array.from({ length: RECOVERY_CODES }, (_, bit) => (used >> bit) & 1);
  return {
    enrollment: id,
    state: slot,
    ...(label === null ? {} : { label }),
    createdAt: new Date(createdAt).toISOString(),
    ...(confirmedAt === null ? {} : { confirmedAt: new Date(confirmedAt).toISOString() }),
    recoveryCodesLeft: RECOVERY_CODES - usedCodes.reduce((sum, bit) => sum + bit, 0),
  };
}

/** Sees that there is an authenticator to compute with where an account has none: one whose secret nobody has. */
export async function ensureDecoy(desk: Desk): Promise<void> {
  const { store, ring } = desk;
  const found = store.enrollment(DECOY, "confirmed");
  if (found !== undefined && ring.find(found.sealed.key) !== undefined) return;
  const { row } = await newRow(
    desk,
    { account: DECOY, id: "decoy", name: "", slot: "confirmed" },
    newRecoveryCodes(),
  );
  store.putEnrollment(row);
}

async function newRow(
  { ring }: Desk,
  { account, id, name, slot }: { account: AccountHash; id: string; name: string; slot: Slot },
  recoveryCodes: readonly string[],
): Promise<{ row: EnrollmentRow; secret: Uint8Array<ArrayBuffer> }> {
  const secrets = newSecrets();
  const sealed = await sealSecrets(ring, id, secrets);
  const recovery = await recoveryHashes(secrets.recoveryKey, recoveryCodes.map(normalizeCode));
  const times = { createdAt: 0, confirmedAt: null, expiresAt: null, lastStep: 0, tries: 0, used: 0 };
  const row: EnrollmentRow = { slot, account, id, name, label: null, sealed, recovery, ...times };
  return { row, secret: secrets.secret };
}

function accountOf(id: string): AccountHash {
  return id.slice(0, id.length / 2);
}

function unknown() {
  return failure("not-found", "There is no such enrolment.");
}

function gone() {
  return failure("gone", "The enrolment has expired, or a newer one has taken its place.");
}
