/** Fault injection, where it is switched on: elsewhere its path leads nowhere, and no request meets it. */
import type { MiddlewareHandler } from "hono";
import type { App } from "../app.ts";
import { FAULTS_PATH, faultsAreOn, refreshFaults } from "../faults/current-faults.ts";

export function faults(): MiddlewareHandler<App> {
  return async function faults(c, next) {
    await refreshFaults(c.env);
    if (!faultsAreOn(c.env) && c.req.path === FAULTS_PATH) return c.notFound();
    return next();
  };
}
