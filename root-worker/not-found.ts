/** Paths that lead nowhere, and paths that do, but not by this method. */
import type { OpenAPIHono } from "@hono/zod-openapi";
import type { Context } from "hono";
import type { App, RootEnv } from "./app.ts";
import { FAULTS_PATH, faultsAreOn } from "./faults/current-faults.ts";
import { Problem, problemResponse } from "./problem.ts";

/** What `app.notFound` answers: 405 with `Allow` where another method would do (RFC 9110, section 15.5.6), else 404. */
export function answerNotFound(app: OpenAPIHono<App>): (c: Context<App>) => Response {
  return (c) => {
    const allowed = app.routes
      .filter(({ method, path }) => method !== "ALL" && matches(path, c.req.path) && exists(path, c.env))
      .map(({ method }) => method);
    if (allowed.length === 0)
      return problemResponse(new Problem("not-found", `There is nothing at ${c.req.path}.`));
    const allow = [...new Set(allowed)].toSorted().join(", ");
    const response = problemResponse(new Problem("method-not-allowed", `${c.req.path} takes ${allow}.`));
    response.headers.set("allow", allow);
    return response;
  };
}

/** Fault injection is not there where it is not switched on. */
function exists(path: string, env: RootEnv): boolean {
  return path !== FAULTS_PATH || faultsAreOn(env);
}

function matches(pattern: string, path: string): boolean {
  const steps = pattern.split("/");
  const given = path.split("/");
  return (
    steps.length === given.length &&
    steps.every((step, index) => (step.startsWith(":") ? given[index] !== "" : step === given[index]))
  );
}
