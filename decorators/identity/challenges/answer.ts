/**
 * Answering a challenge. Each answer is counted before anything is compared, in a transaction of its own: however many come at
 * once, five are compared. Then the same is computed whatever the account is and whatever was sent; and what came of it is
 * written in a second transaction, which finds out whether somebody else was faster.
 */
import { failure, type Failure, type Result } from "../../../core/errors.ts";
import { audit, auditRefusal, type Desk } from "../accounts/desk.ts";
import type { ChallengeRow, EnrollmentRow } from "../accounts/rows.ts";
import { limited, tooMany } from "../limits/gcra.ts";
import { ANSWERED_BY_NETWORK, ANSWERED_BY_STRANGERS } from "../limits/policies.ts";
import { ensureDecoy } from "../totp/enroll.ts";
import type { ChallengePlace } from "./challenge-id.ts";
import { CHALLENGE_TTL_MS } from "./open.ts";
import { compareAnswer, type Comparison } from "./compare.ts";

/** NIST SP 800-63B, 5.2.2, allows 100 in a row for an account; a person needs few. */
export const TRIES_MAX = 5;

export interface Answer extends ChallengePlace {
  /** As `normalizeCode` has it. */
  code: string;
  network: string;
  address: string | undefined;
}

/** By what it was answered. */
export type Method = "code" | "totp" | "recovery";

export interface Verified {
  name: string;
  purpose: string;
  method: Method;
}

/** What was let through to be compared. */
interface Counted {
  challenge: ChallengeRow;
  /** The account's own, or another's to compute with. */
  enrollment: EnrollmentRow;
  familiar: boolean;
  /** Whether an authenticator's codes count. */
  authenticatorCounts: boolean;
}

export async function answerChallenge(desk: Desk, answer: Answer): Promise<Result<Verified>> {
  await ensureDecoy(desk);
  const now = desk.now();
  const counted = desk.store.transaction(() => count(desk, answer, now));
  if (!counted.ok) return counted;
  const compared = await compareAnswer(desk.ring, counted, answer.code, now);
  return desk.store.transaction(() => settle(desk, answer, counted, compared));
}

function count(desk: Desk, answer: Answer, now: number): Result<Counted> {
  const { store } = desk;
  const { account, nonce, network } = answer;
  const challenge = store.challenge(account, nonce);
  if (challenge === undefined) return over();
  const refuse = (failed: Failure, reason: string) => {
    auditRefusal(desk, account, refusal(challenge, answer, reason), now);
    return failed;
  };
  if (challenge.state !== "open" || challenge.expiresAt <= now) return refuse(over(), "over");
  if (challenge.tries >= TRIES_MAX) {
    const retryMs = challenge.expiresAt - now;
    const tries = { policy: "tries", quota: TRIES_MAX, windowMs: CHALLENGE_TTL_MS, retryMs };
    return refuse(tooMany(tries, "This challenge takes no more answers. Open a new one."), "tries");
  }
  const own = store.take(account, ANSWERED_BY_NETWORK, network, now);
  if (!own.allowed) {
    const message = "There were too many wrong answers for this account.";
    return refuse(limited(ANSWERED_BY_NETWORK, own.retryMs, message), "limit");
  }
  const familiar = store.isFamiliar(account, network);
  const authenticatorCounts = familiar || store.take(account, ANSWERED_BY_STRANGERS, "", now).allowed;
  const tries = challenge.tries + 1;
  store.setChallenge(challenge, "open", tries);
  const enrollment = store.nearest(account);
  if (enrollment === undefined) throw new Error("there is at least the decoy");
  return { ok: true, challenge: { ...challenge, tries }, enrollment, familiar, authenticatorCounts };
}

function settle(desk: Desk, answer: Answer, counted: Counted, compared: Comparison): Result<Verified> {
  const { store } = desk;
  const { challenge } = counted;
  const now = desk.now();
  const current = store.challenge(challenge.account, challenge.nonce);
  if (current?.state !== "open") return over();
  const method = accept(desk, counted, compared);
  if (method === undefined) {
    audit(desk, refusal(challenge, answer, "wrong"), now);
    return failure("wrong-code", "The code is wrong.");
  }
  const { account, name, purpose, nonce } = challenge;
  store.setChallenge(challenge, "used", current.tries);
  store.giveBack(account, ANSWERED_BY_NETWORK, answer.network, now);
  if (!counted.familiar) store.giveBack(account, ANSWERED_BY_STRANGERS, "", now);
  store.becomesFamiliar(account, answer.network, now);
  const details = { purpose, challenge: nonce, method };
  audit(desk, { action: "challenge.verified", subject: name, address: answer.address, details }, now);
  return { ok: true, name, purpose, method };
}

/** By what the answer is right, which is then used up; undefined: it is wrong. */
function accept(
  { store }: Desk,
  { challenge, enrollment, authenticatorCounts }: Counted,
  { delivered, step, recoveryCode, resealed }: Comparison,
): Method | undefined {
  // As it is by now: another answer may have used the same step or code, or the authenticator is gone.
  const current = store.enrollment(enrollment.account, "confirmed");
  const present = current?.id === enrollment.id ? current : undefined;
  const next = present === undefined ? undefined : { ...present, sealed: resealed ?? present.sealed };
  const isOwn = enrollment.account === challenge.account;
  const write = (row: EnrollmentRow | undefined) => row !== undefined && store.putEnrollment(row);

  if (delivered) {
    if (resealed !== undefined) write(next);
    return "code";
  }
  if (next !== undefined && isOwn && authenticatorCounts && step !== undefined && step > next.lastStep) {
    write({ ...next, lastStep: step });
    return "totp";
  }
  const bit = recoveryCode === undefined ? 0 : 1 << recoveryCode;
  if (next !== undefined && isOwn && bit !== 0 && (next.used & bit) === 0) {
    write({ ...next, used: next.used | bit });
    return "recovery";
  }
  if (resealed !== undefined) write(next);
  return undefined;
}

function over(): Failure {
  return failure("gone", "The challenge has expired, or was used, or a newer one has taken its place.");
}

function refusal({ name, purpose, nonce, tries }: ChallengeRow, { address }: Answer, reason: string) {
  const details = { reason, purpose, challenge: nonce, tries };
  return { action: "challenge.refused", subject: name, address, details };
}
