/**
 * Which pages on other origins may call (Fetch standard, CORS protocol): those that `UMBEL_CORS_ORIGINS` names, and none by default. Nothing here
 * is told by cookies, so what a page may do is what the key that it sends may do, or anybody.
 */
import type { MiddlewareHandler } from "hono";
import { cors as honoCors } from "hono/cors";
import type { App } from "../app.ts";

/** Browsers ask again after that; Chromium keeps an answer for two hours at most. */
const MAX_AGE_S = 600;

/** Beside those that every page may read. */
const EXPOSED = [
  "etag",
  "location",
  "ratelimit",
  "ratelimit-policy",
  "retry-after",
  "server-timing",
  "umbel-bookmark",
];

export function cors(): MiddlewareHandler<App> {
  return async function cors(c, next) {
    const origins = originsOf(c.env.UMBEL_CORS_ORIGINS);
    if (origins.length === 0) return next();
    return honoCors({
      origin: origins.includes("*") ? "*" : origins,
      allowMethods: ["GET", "POST", "PUT", "PATCH", "DELETE"],
      exposeHeaders: EXPOSED,
      maxAge: MAX_AGE_S,
    })(c, next);
  };
}

function originsOf(setting = ""): string[] {
  return setting
    .split(",")
    .map((origin) => origin.trim())
    .filter((origin) => origin !== "");
}
