/** `Server-Timing` on every answer, and the clock that `tookMs` is read from. */
import type { MiddlewareHandler } from "hono";
import type { App } from "../app.ts";
import { Phases } from "../phases.ts";

export function timing(): MiddlewareHandler<App> {
  return async function timing(c, next) {
    c.set("startedAt", Date.now());
    c.set("phases", new Phases());
    await next();
    const phases = c.var.phases.header();
    if (phases !== "") c.res.headers.append("server-timing", phases);
    c.res.headers.append("server-timing", `total;dur=${Date.now() - c.var.startedAt}`);
  };
}
