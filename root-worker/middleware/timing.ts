/** `Server-Timing` on every answer, and the clock that `tookMs` is read from. */
import type { MiddlewareHandler } from "hono";
import type { App } from "../app.ts";

export function timing(): MiddlewareHandler<App> {
  return async function timing(c, next) {
    c.set("startedAt", Date.now());
    await next();
    c.res.headers.append("server-timing", `total;dur=${Date.now() - c.var.startedAt}`);
  };
}
