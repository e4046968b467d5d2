/** An account's second factor. */
import { DurableObject } from "cloudflare:workers";
import type { IdentityEnv } from "./identity-env.ts";

export class Accounts extends DurableObject<IdentityEnv> {}
