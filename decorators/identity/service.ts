/** What the identity Worker does for the root: it finds out where an account is, and asks there. */
import { WorkerEntrypoint } from "cloudflare:workers";
import type {
  ChallengeAnswer,
  ChallengeRequest,
  Client,
  IdentityApi,
} from "../../core/contracts/identity.ts";
import { failure, type Failure } from "../../core/errors.ts";
import { accountHash, objectOf, type AccountHash } from "./accounts/account-name.ts";
import type { Accounts } from "./accounts/accounts.ts";
import { challengeId, readChallengeId } from "./challenges/challenge-id.ts";
import { normalizeCode } from "./challenges/codes.ts";
import type { IdentityEnv } from "./identity-env.ts";
import { keyRing } from "./keys/key-ring.ts";
import { limited, type LimitPolicy } from "./limits/gcra.ts";
import { isPersonal, networkOfClient } from "./limits/network.ts";
import { ANSWERED_BY_ADDRESS, OPENED_BY_ADDRESS } from "./limits/policies.ts";
import { signToken } from "./tokens/sign.ts";
import { publicKeys } from "./tokens/signing-keys.ts";
import { ENROLLMENT_PATTERN } from "./totp/enroll.ts";

const NAME_DEFAULT = "Umbel";
const AUDIENCE_DEFAULT = "umbel";

export class IdentityService extends WorkerEntrypoint<IdentityEnv> implements IdentityApi {
  async ping(): Promise<true> {
    return true;
  }

  async publicKeys(): ReturnType<IdentityApi["publicKeys"]> {
    const found = keyRing(this.env.UMBEL_IDENTITY_KEYS);
    return found.ok ? { ok: true, keys: await publicKeys(found.ring) } : found;
  }

  async enroll(
    name: string,
    label: string | undefined,
    { address }: Client,
  ): ReturnType<IdentityApi["enroll"]> {
    const account = await accountHash(name);
    const issuer = this.env.UMBEL_IDENTITY_NAME || NAME_DEFAULT;
    return this.accounts(account).enroll({ account, name, label, issuer, address });
  }

  async confirmEnrollment(
    enrollment: string,
    code: string,
    { address }: Client,
  ): ReturnType<IdentityApi["confirmEnrollment"]> {
    if (!ENROLLMENT_PATTERN.test(enrollment)) return noEnrollment();
    return this.accounts(enrollment).confirm(enrollment, { code, address });
  }

  async removeEnrollment(
    enrollment: string,
    { address }: Client,
  ): ReturnType<IdentityApi["removeEnrollment"]> {
    if (!ENROLLMENT_PATTERN.test(enrollment)) return noEnrollment();
    return this.accounts(enrollment).remove(enrollment, { address });
  }

  async listEnrollments(name: string): ReturnType<IdentityApi["listEnrollments"]> {
    const account = await accountHash(name);
    return this.accounts(account).list(account);
  }

  async openChallenge({
    account: name,
    purpose,
    client,
  }: ChallengeRequest): ReturnType<IdentityApi["openChallenge"]> {
    const found = keyRing(this.env.UMBEL_IDENTITY_KEYS);
    if (!found.ok) return found;
    const network = networkOfClient(client);
    const refused = await this.takeLimit(OPENED_BY_ADDRESS, network);
    if (refused !== undefined) return refused;
    const account = await accountHash(name);
    const { address } = client;
    const opened = await this.accounts(account).open({ account, name, purpose, network, address });
    if (!opened.ok) return opened;
    const challenge = await challengeId(found.ring, { account, nonce: opened.nonce });
    return { ok: true, challenge, expiresAt: new Date(opened.expiresAt).toISOString() };
  }

  async answerChallenge({
    challenge,
    code,
    client,
    issuer,
  }: ChallengeAnswer): ReturnType<IdentityApi["answerChallenge"]> {
    const found = keyRing(this.env.UMBEL_IDENTITY_KEYS);
    if (!found.ok) return found;
    const { ring } = found;
    const place = await readChallengeId(ring, challenge);
    if (place === undefined)
      return failure("gone", "The challenge has expired, or there is none of that id.");
    const network = networkOfClient(client);
    const refused = await this.takeLimit(ANSWERED_BY_ADDRESS, network);
    if (refused !== undefined) return refused;
    const given = { ...place, code: normalizeCode(code), network, address: client.address };
    const answer = await this.accounts(place.account).answer(given);
    if (!answer.ok) return answer;
    this.ctx.waitUntil(this.giveLimitBack(ANSWERED_BY_ADDRESS, network));
    const { name: sub, purpose, method } = answer;
    const { UMBEL_IDENTITY_ISSUER, UMBEL_IDENTITY_AUDIENCE } = this.env;
    const aud = UMBEL_IDENTITY_AUDIENCE || AUDIENCE_DEFAULT;
    // RFC 8176 has one word for what is used once, whether it was sent or computed.
    const claims = { iss: UMBEL_IDENTITY_ISSUER || issuer, aud, sub, amr: ["otp"] };
    const token = await signToken(ring, { ...claims, own: { purpose, method, challenge } }, Date.now());
    return { ok: true, token };
  }

  /** By the account's hash, or an id that begins with it. */
  private accounts(account: AccountHash): DurableObjectStub<Accounts> {
    return this.env.ACCOUNTS.getByName(objectOf(account));
  }

  /** Takes one of what a person's network has; a server that asks for many people has its limits by account alone. */
  private async takeLimit(policy: LimitPolicy, network: string): Promise<Failure | undefined> {
    if (!isPersonal(network)) return undefined;
    const { allowed, retryMs } = await this.limit(policy, network).take(policy);
    if (allowed) return undefined;
    return limited(policy, retryMs, "There were too many requests from this address.");
  }

  private async giveLimitBack(policy: LimitPolicy, network: string): Promise<void> {
    if (isPersonal(network)) await this.limit(policy, network).giveBack(policy);
  }

  private limit({ name }: LimitPolicy, key: string) {
    return this.env.LIMIT.getByName(`${name}:${key}`);
  }
}

function noEnrollment(): Failure {
  return failure("not-found", "There is no such enrolment.");
}
