/** Errors as callers see them: problem details (RFC 9457). */
import type { Context } from "hono";
import { errorKind, type ErrorCode, type Failure, type FieldError, type UsedLimit } from "../core/errors.ts";
import type { App } from "./app.ts";

/** Seconds after which a caller may try again what failed in passing. */
const RETRY_AFTER_S = 1;

const DAY_MS = 86_400_000;

/** Thrown by handlers to answer with a problem. Everything else that is thrown becomes `internal`. */
export class Problem extends Error {
  readonly code: ErrorCode;
  /** What is wrong with the input, where more of it is known than the code. */
  readonly errors: FieldError[] | undefined;
  /** Members beyond RFC 9457's, such as which leaves failed. */
  readonly members: Record<string, unknown>;
  readonly limit: UsedLimit | undefined;

  constructor(
    code: ErrorCode,
    detail: string,
    errors?: FieldError[],
    members: Record<string, unknown> = {},
    limit?: UsedLimit,
  ) {
    super(detail);
    this.code = code;
    this.errors = errors;
    this.members = members;
    this.limit = limit;
  }

  static from(failed: Failure): Problem {
    return new Problem(failed.code, failed.message, failed.errors, {}, failed.limit);
  }
}

export function problemResponse(problem: Problem): Response {
  const { status, title, retryable } = errorKind(problem.code);
  const headers = new Headers({ "content-type": "application/problem+json" });
  if (status === 503 && retryable) headers.set("retry-after", String(RETRY_AFTER_S));
  if (problem.code === "budget-exceeded") headers.set("retry-after", String(secondsToMidnight(Date.now())));
  if (problem.limit !== undefined) setLimitHeaders(headers, problem.limit);
  if (problem.code === "unauthorized") headers.set("www-authenticate", 'Bearer realm="umbel"');
  const body = {
    type: `urn:umbel:problem:${problem.code}`,
    title,
    status,
    detail: problem.message,
    code: problem.code,
    ...errorsOf(problem, status),
    ...problem.members,
  };
  return new Response(JSON.stringify(body), { status, headers });
}

/** Where invalid input is, of which no more is known than the code. */
const PLACES: Partial<Record<ErrorCode, string>> = {
  "invalid-bookmark": "bookmark",
  "invalid-cursor": "cursor",
  "invalid-id": "id",
  "invalid-query": "q",
};

/** Invalid input always has its errors, so that clients may rely on them. An empty path is the whole of it. */
function errorsOf({ code, errors, message }: Problem, status: number): { errors?: FieldError[] } {
  if (errors !== undefined) return { errors };
  if (status !== 400 || !code.startsWith("invalid-")) return {};
  return { errors: [{ path: PLACES[code] ?? "", message }] };
}

/** Budgets begin anew with the day in UTC. */
function secondsToMidnight(now: number): number {
  return Math.ceil((DAY_MS - (now % DAY_MS)) / 1000);
}

/** As draft-ietf-httpapi-ratelimit-headers-10 has them: of a limit that is used up, nothing remains. */
function setLimitHeaders(headers: Headers, { policy, quota, windowMs, retryMs }: UsedLimit): void {
  const retryS = Math.max(1, Math.ceil(retryMs / 1000));
  headers.set("ratelimit-policy", `"${policy}";q=${quota};w=${Math.ceil(windowMs / 1000)}`);
  headers.set("ratelimit", `"${policy}";r=0;t=${retryS}`);
  headers.set("retry-after", String(retryS));
}

/** What `app.onError` answers. Only what was meant for the caller gets out; the rest is logged. */
export function answerError(error: Error, c: Context<App>): Response {
  if (error instanceof Problem) return problemResponse(error);
  console.error(
    JSON.stringify({
      event: "request-failed",
      trace: c.var.traceparent,
      path: c.req.path,
      error: error.stack,
    }),
  );
  return problemResponse(
    isUnreachable(error)
      ? new Problem("unavailable", UNREACHABLE)
      : new Problem("internal", "The request could not be completed."),
  );
}

/** What a caller is told when a Worker of the platform can't be reached; locally that is often one that does not run. */
export const UNREACHABLE =
  "A Worker of the platform can't be reached. On a laptop, `npm start` runs all of them, and so does `npx wrangler dev` in the project's root.";

/**
 * Whether a call to another Worker failed on its way. The runtime marks what may be tried again; a sibling that was never
 * started is `Worker "…" not found`.
 */
function isUnreachable(error: Error): boolean {
  return (
    ("retryable" in error && error.retryable === true) ||
    /^Worker ".*" not found|^Network connection lost/.test(error.message)
  );
}
