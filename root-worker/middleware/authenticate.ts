/** Keys: every path but the public ones needs one. */
import type { MiddlewareHandler } from "hono";
import type { App } from "../app.ts";
import { Problem } from "../problem.ts";

/** What is open to anybody: whether the platform is up, what its API is, the keys that verify tokens, and signing up. */
const PUBLIC_PATHS = new Set([
  "/v1/health",
  "/openapi.json",
  "/.well-known/jwks.json",
  "/v1/signups",
  "/v1/signups/verify",
]);

export function authenticate(): MiddlewareHandler<App> {
  return async function authenticate(c, next) {
    if (PUBLIC_PATHS.has(c.req.path)) return next();
    const adminKey = c.env.UMBEL_ADMIN_KEY;
    if (adminKey === undefined || adminKey === "") {
      throw new Problem(
        "not-configured",
        "No key is set. Deployed: `npx wrangler secret put UMBEL_ADMIN_KEY`. On a laptop: `npm start`, or a line UMBEL_ADMIN_KEY=… in .dev.vars.",
      );
    }
    const [, key] = /^bearer +(\S+)$/i.exec(c.req.header("authorization") ?? "") ?? [];
    if (key === undefined) {
      throw new Problem("unauthorized", "Send the key in the header `Authorization: Bearer <key>`.");
    }
    if (!(await sameKey(key, adminKey))) throw new Problem("unauthorized", "The key is not valid.");
    return next();
  };
}

const encoder = new TextEncoder();

/** Compares by hash: of equal length whatever was sent, so that neither time nor length tells anything. */
async function sameKey(a: string, b: string): Promise<boolean> {
  const [left, right] = await Promise.all(
    [a, b].map((key) => crypto.subtle.digest("SHA-256", encoder.encode(key))),
  );
  return left !== undefined && right !== undefined && crypto.subtle.timingSafeEqual(left, right);
}
