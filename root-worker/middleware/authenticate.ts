/** Keys: every path but the public ones needs one. */
import type { Context, MiddlewareHandler } from "hono";
import type { KeyRecord } from "../../core/contracts/keys.ts";
import type { App } from "../app.ts";
import { idOfKey, isKeyOf } from "../keys/api-key.ts";
import { EVERYTHING, grantOf, type Grant } from "../keys/grant.ts";
import { KeyRing } from "../keys/key-ring.ts";
import { Problem } from "../problem.ts";

/** What is open to anybody: whether the platform is up, what its API is, the keys that verify tokens, and signing up. */
const PUBLIC_PATHS = new Set([
  "/v1/health",
  "/openapi.json",
  "/.well-known/jwks.json",
  "/v1/signups",
  "/v1/signups/verify",
]);

/** What people do themselves, in their browsers: each has limits of its own. */
const PUBLIC_ROUTES = [/^POST \/v1\/identity\/challenges\/[^/]+\/verify$/];

export function authenticate(): MiddlewareHandler<App> {
  return async function authenticate(c, next) {
    if (isPublic(c)) return next();
    if ((c.env.UMBEL_ADMIN_KEY ?? "") === "") {
      throw new Problem(
        "not-configured",
        "No key is set. Deployed: `npx wrangler secret put UMBEL_ADMIN_KEY`. On a laptop: `npm start`, or a line UMBEL_ADMIN_KEY=… in .dev.vars.",
      );
    }
    if (sentKey(c) === undefined) {
      throw new Problem("unauthorized", "Send the key in the header `Authorization: Bearer <key>`.");
    }
    const grant = await grantOfCaller(c);
    if (grant === undefined) throw new Problem("unauthorized", "The key is not valid.");
    c.set("grant", grant);
    return next();
  };
}

const ring = new KeyRing();

/** To be called when a key was made or deleted. */
export function forgetKeys(): void {
  ring.forget();
}

/** What the key that the request bears may do; undefined: it bears none that is good. For what is public, and says more to those who do. */
export async function grantOfCaller(c: Context<App>): Promise<Grant | undefined> {
  const key = sentKey(c);
  const adminKey = c.env.UMBEL_ADMIN_KEY ?? "";
  if (key === undefined || adminKey === "") return undefined;
  if (await sameKey(key, adminKey)) return EVERYTHING;
  const id = idOfKey(key);
  const record = id === undefined ? undefined : await find(c, id);
  if (record === undefined || !(await isKeyOf(record.hash, key))) return undefined;
  const grant = grantOf(record);
  return grant.expiresAt !== undefined && grant.expiresAt <= Date.now() ? undefined : grant;
}

async function find(c: Context<App>, id: string): Promise<KeyRecord | undefined> {
  try {
    return await ring.find(id, c.env.CATALOG);
  } catch (error) {
    console.error(JSON.stringify({ event: "keys-unknown", error: String(error) }));
    throw new Problem("unavailable", "Keys can't be looked up now.");
  }
}

function isPublic({ req: { method, path } }: Context<App>): boolean {
  return PUBLIC_PATHS.has(path) || PUBLIC_ROUTES.some((route) => route.test(`${method} ${path}`));
}

function sentKey(c: Context<App>): string | undefined {
  return /^bearer +(\S+)$/i.exec(c.req.header("authorization") ?? "")?.[1];
}

const encoder = new TextEncoder();

/** Compares by hash: of equal length whatever was sent, so that neither time nor length tells anything. */
async function sameKey(a: string, b: string): Promise<boolean> {
  const [left, right] = await Promise.all(
    [a, b].map((key) => crypto.subtle.digest("SHA-256", encoder.encode(key))),
  );
  return left !== undefined && right !== undefined && crypto.subtle.timingSafeEqual(left, right);
}
