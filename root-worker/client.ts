/** Who asks: the person's network address, as far as the request is to be believed about it. */
import type { Context } from "hono";
import type { Client } from "../core/contracts/identity.ts";
import type { App } from "./app.ts";
import { isLimited } from "./keys/grant.ts";
import { grantOfCaller } from "./middleware/authenticate.ts";
import { Problem } from "./problem.ts";

/** Longer than any address, with the zone that one may have. */
const ADDRESS_CHARS_MAX = 64;

/**
 * The client of a request of identity. `CF-Connecting-IP` is set by Cloudflare's edge, whatever a client sends; locally, where nothing but this
 * machine can connect, it is what the request says. A caller with a key for it is an application's server: it may say whose
 * address it asks for. What anybody may call takes nobody's word for it.
 *
 * @param given the person's address, as the body has it
 */
export async function clientOf(c: Context<App>, given: string | undefined): Promise<Client> {
  const grant = await grantOfCaller(c);
  const isServer = grant !== undefined && grant.scopes.has("identity:write") && !isLimited(grant);
  if (given !== undefined && !isServer) {
    throw new Problem("unauthorized", "`address` is for callers with a key.", [
      { path: "address", message: "is for callers with a key" },
    ]);
  }
  const address = given ?? c.req.header("cf-connecting-ip")?.slice(0, ADDRESS_CHARS_MAX);
  return { isPerson: given !== undefined || !isServer, ...(address === undefined ? {} : { address }) };
}
