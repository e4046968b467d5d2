/** The session with the terms Worker of a request: opened when it is first asked, gone with the request. */
import type { MiddlewareHandler } from "hono";
import type { TermsApi } from "../../core/contracts/terms.ts";
import { dispose } from "../../core/branch-sessions.ts";
import type { App } from "../app.ts";

export function terms(): MiddlewareHandler<App> {
  return async function terms(c, next) {
    let session: TermsApi | undefined;
    // The promise of a session is used as the session: opening takes no round trip.
    const open = (): TermsApi => (session ??= c.env.TERMS.open());
    c.set("terms", {
      search: (question, deadlineMs) => open().search(question, deadlineMs),
      stats: (ref, leaves, deadlineMs) => open().stats(ref, leaves, deadlineMs),
    });
    try {
      await next();
    } finally {
      if (session !== undefined) dispose(session);
    }
  };
}
