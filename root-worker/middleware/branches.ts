/** The branches of a request: opened when they are first asked, gone with the request. */
import type { MiddlewareHandler } from "hono";
import { BranchSessions } from "../../core/branch-sessions.ts";
import type { App } from "../app.ts";

export function branches(): MiddlewareHandler<App> {
  return async function branches(c, next) {
    const sessions = new BranchSessions(() => c.env.DOCUMENTS.open());
    c.set("branches", sessions);
    try {
      await next();
    } finally {
      sessions.close();
    }
  };
}
