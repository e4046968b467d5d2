/** An account's second factor. */
import { DurableObject } from "cloudflare:workers";
import type { IdentityEnv } from "./identity-env.ts";

export class Account extends DurableObject<IdentityEnv> {}
