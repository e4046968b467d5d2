/** What the identity Worker does for the root. */
import { WorkerEntrypoint } from "cloudflare:workers";
import type { IdentityApi } from "../../core/contracts/identity.ts";
import type { IdentityEnv } from "./identity-env.ts";
import { keyRing } from "./keys/key-ring.ts";
import { publicKeys } from "./tokens/signing-keys.ts";

export class IdentityService extends WorkerEntrypoint<IdentityEnv> implements IdentityApi {
  async ping(): Promise<true> {
    return true;
  }

  async publicKeys(): ReturnType<IdentityApi["publicKeys"]> {
    const found = keyRing(this.env.UMBEL_IDENTITY_KEYS);
    return found.ok ? { ok: true, keys: await publicKeys(found.ring) } : found;
  }
}
