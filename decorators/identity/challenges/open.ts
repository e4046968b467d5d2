/** Opening a challenge: a code is made and published, to be delivered by whatever pipeline listens. */
import { ulid } from "ulidx";
import type { CloudEvent } from "../../../core/cloudevents/event.ts";
import { confidential } from "../../../core/cloudevents/platform-attributes.ts";
import type { Result } from "../../../core/errors.ts";
import { randomHex, type AccountHash } from "../accounts/account-name.ts";
import { audit, auditRefusal, type Desk } from "../accounts/desk.ts";
import { codeHash } from "../keys/code-hash.ts";
import { limited, limitState } from "../limits/gcra.ts";
import { ANSWERED_BY_STRANGERS, OPENED_BY_NETWORK, OPENED_BY_STRANGERS } from "../limits/policies.ts";
import { IDENTITY_SOURCE } from "../outbox/audit.ts";
import { CODE_DIGITS, CODE_DIGITS_UNDER_ATTACK, randomDigits } from "./codes.ts";

export const CHALLENGE_TOPIC = "identity.challenge";

/** NIST SP 800-63B, 5.1.3.2: a code that is sent is valid for at most 10 minutes. */
export const CHALLENGE_TTL_MS = 10 * 60_000;

const NONCE_BYTES = 16;

export interface Opening {
  account: AccountHash;
  /** The account as it was given. */
  name: string;
  purpose: string;
  network: string;
  address: string | undefined;
}

export interface Opened {
  nonce: string;
  expiresAt: number;
}

/** Whoever the account is of, and whether it has an authenticator or not, the same is done. */
export async function openChallenge(desk: Desk, opening: Opening): Promise<Result<Opened>> {
  const { store, ring } = desk;
  const { account, network } = opening;
  const nonce = randomHex(NONCE_BYTES);
  const code = randomDigits(isGuessedAt(desk, opening) ? CODE_DIGITS_UNDER_ATTACK : CODE_DIGITS);
  const hash = await codeHash(ring.current, nonce, code);
  const now = desk.now();
  const expiresAt = now + CHALLENGE_TTL_MS;

  return store.transaction(() => {
    const refused = takeOpening(desk, opening, now);
    if (refused !== undefined) return refused;
    store.voidChallenges(account, network);
    const { name, purpose } = opening;
    const fresh = { account, nonce, name, purpose, network, state: "open", tries: 0 } as const;
    store.addChallenge({ ...fresh, key: ring.current.id, hash, expiresAt });
    desk.outbox.add(CHALLENGE_TOPIC, challengeEvent(opening, code, now, expiresAt));
    const step = { action: "challenge.opened", subject: name, address: opening.address };
    audit(desk, { ...step, details: { purpose, challenge: nonce } }, now);
    return { ok: true, nonce, expiresAt };
  });
}

/** Whether strangers have guessed at the account so often that a code for one must be longer. */
function isGuessedAt({ store, now }: Desk, { account, network }: Opening): boolean {
  if (store.isFamiliar(account, network)) return false;
  const time = now();
  return (
    limitState(ANSWERED_BY_STRANGERS, store.fullAt(account, ANSWERED_BY_STRANGERS, ""), time).remaining === 0
  );
}

function takeOpening(desk: Desk, { account, name, network, address }: Opening, now: number) {
  const { store } = desk;
  const limits = store.isFamiliar(account, network)
    ? [{ policy: OPENED_BY_NETWORK, key: network }]
    : [
        { policy: OPENED_BY_NETWORK, key: network },
        { policy: OPENED_BY_STRANGERS, key: "" },
      ];
  for (const { policy, key } of limits) {
    const { allowed, retryMs } = store.take(account, policy, key, now);
    if (allowed) continue;
    const details = { reason: "limit", limit: policy.name };
    auditRefusal(desk, account, { action: "challenge.refused", subject: name, address, details }, now);
    return limited(policy, retryMs, "There were too many challenges for this account.");
  }
  return undefined;
}

/**
 * The event that brings the code to whoever delivers it. It does not say which challenge the code is for, so that a code alone, wherever the
 * event is read, answers nothing.
 */
function challengeEvent(opening: Opening, code: string, now: number, expiresAt: number): CloudEvent {
  const { name, purpose } = opening;
  return confidential({
    specversion: "1.0",
    id: ulid(now),
    source: IDENTITY_SOURCE,
    type: CHALLENGE_TOPIC,
    subject: name,
    time: new Date(now).toISOString(),
    datacontenttype: "application/json",
    data: { account: name, purpose, code, expiresAt: new Date(expiresAt).toISOString() },
  });
}
