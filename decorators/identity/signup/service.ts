/** Sign-ups, as the root reaches them; and their links, as the pipelines Worker does. Neither can do what is the other's. */
import { WorkerEntrypoint } from "cloudflare:workers";
import type { Client } from "../../../core/contracts/identity.ts";
import {
  LINK_TOKENS_MAX,
  type SignupLinksApi,
  type SignupRequest,
  type SignupsApi,
  type Whence,
} from "../../../core/contracts/signups.ts";
import { failure, type Failure, type Result } from "../../../core/errors.ts";
import { mailboxKey, parseMailAddress } from "../../../core/mail-address.ts";
import type { IdentityEnv } from "../identity-env.ts";
import { keyRing } from "../keys/key-ring.ts";
import { limited, type LimitPolicy } from "../limits/gcra.ts";
import { networkOf } from "../limits/network.ts";
import { newSignupId, partOf, userIdOf } from "./ids.ts";
import { SIGNUPS_BY_ADDRESS, SIGNUPS_BY_MAILBOX, VERIFICATIONS_BY_ADDRESS } from "./limits.ts";
import { linkToken, readLinkToken } from "./link-token.ts";

/** One answer for a link that was used, is void, has expired, or was never made: who has none learns nothing. */
const OVER = "The link was used, or a newer one was sent, or its 24 hours are over.";

export class SignupService extends WorkerEntrypoint<IdentityEnv> implements SignupsApi {
  async signUp(
    { email, profile, page }: SignupRequest,
    { client, origin }: Whence,
  ): Promise<Result<{ signup: string }>> {
    const keys = keyRing(this.env.UMBEL_IDENTITY_KEYS);
    if (!keys.ok) return keys;
    const parsed = parseMailAddress(email);
    if (parsed === undefined) return failure("invalid-request", "email: is no e-mail address.");
    const refused =
      (await this.byAddress(SIGNUPS_BY_ADDRESS, client)) ??
      (await this.take(SIGNUPS_BY_MAILBOX, await userIdOf(mailboxKey(parsed))));
    if (refused !== undefined) return refused;
    const { address } = parsed;
    const user = await userIdOf(address);
    const signup = newSignupId(user);
    const person = { user, email: email.trim(), address, profile: { ...profile } };
    await this.part(signup).begin({ signup, key: keys.ring.current.id, person, page, origin });
    return { ok: true, signup };
  }

  async verifySignup(token: string, { client, origin }: Whence): Promise<Result<{ user: string }>> {
    const keys = keyRing(this.env.UMBEL_IDENTITY_KEYS);
    if (!keys.ok) return keys;
    const refused = await this.byAddress(VERIFICATIONS_BY_ADDRESS, client);
    if (refused !== undefined) return refused;
    const signup = await readLinkToken(keys.ring, token);
    if (signup === undefined) return failure("gone", OVER);
    const verified = await this.part(signup).verify(signup, origin);
    return verified === null ? failure("gone", OVER) : { ok: true, user: verified.user };
  }

  private part(signup: string) {
    return this.env.SIGNUPS.getByName(partOf(signup) ?? "");
  }

  /** An application's server asks for many, and Cloudflare's edge always says an address: where there is none, it is a laptop. */
  private async byAddress(policy: LimitPolicy, { isPerson, address }: Client): Promise<Failure | undefined> {
    return isPerson && address !== undefined ? this.take(policy, networkOf(address)) : undefined;
  }

  private async take(policy: LimitPolicy, key: string): Promise<Failure | undefined> {
    const { allowed, retryMs } = await this.env.LIMIT.getByName(`${policy.name}:${key}`).take(policy);
    return allowed ? undefined : limited(policy, retryMs, "There were too many. Try again later.");
  }
}

export class SignupLinks extends WorkerEntrypoint<IdentityEnv> implements SignupLinksApi {
  async tokensOf(signups: string[]): Promise<Result<{ tokens: (string | null)[] }>> {
    const keys = keyRing(this.env.UMBEL_IDENTITY_KEYS);
    if (!keys.ok) return keys;
    const known = new Map<string, string | null>();
    const parts = Map.groupBy(new Set(signups.slice(0, LINK_TOKENS_MAX)), partOf);
    await Promise.all(
      [...parts].map(async ([part, own]) => {
        if (part === undefined) return;
        const found = await this.env.SIGNUPS.getByName(part).keysOf(own);
        for (const [at, signup] of own.entries()) known.set(signup, found[at] ?? null);
      }),
    );
    const { ring } = keys;
    const tokens = signups.map(async (signup) => {
      const key = known.get(signup) ?? null;
      // Links that were made by a key that is gone don't work any more, so that another one takes nothing away.
      return key === null ? null : linkToken(ring.find(key) ?? ring.current, signup);
    });
    return { ok: true, tokens: await Promise.all(tokens) };
  }
}
