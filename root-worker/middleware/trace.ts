/** W3C Trace Context: a request belongs to its caller's trace, or begins one; its span is sent where there is a collector. */
import { routePath } from "hono/route";
import type { MiddlewareHandler } from "hono";
import { exportSpans, isTracing, recordSpan } from "../../core/tracing/exporter.ts";
import { spanAt } from "../../core/tracing/span.ts";
import {
  childOf,
  formatTraceparent,
  isRecorded,
  parseTraceparent,
} from "../../core/tracing/trace-context.ts";
import type { App } from "../app.ts";
import { routeName } from "../route-name.ts";

export function trace(): MiddlewareHandler<App> {
  return async function trace(c, next) {
    const parent = parseTraceparent(c.req.header("traceparent"));
    const context = childOf(parent);
    const recorded = isTracing(c.env) && isRecorded(context);
    // What comes of a request is in its trace also when the caller has none, if there is somebody to see it.
    c.set("traced", parent !== undefined || recorded);
    c.set("trace", context);
    c.set("recorded", recorded);
    c.set("traceparent", formatTraceparent(context));
    await next();
    c.res.headers.set("traceparent", c.var.traceparent);
    if (!recorded) return;
    const { method } = c.req;
    const route = routeName(routePath(c, -1));
    const { status } = c.res;
    recordSpan(
      spanAt(context, parent?.spanId, {
        name: `${method} ${route}`,
        kind: "server",
        startMs: c.var.startedAt,
        endMs: Date.now(),
        attributes: {
          "http.request.method": method,
          "http.route": route,
          "http.response.status_code": status,
        },
        // By the semantic conventions a server's span is an error from 500 on.
        ...(status >= 500 ? { error: String(status) } : {}),
      }),
    );
    exportSpans(c.executionCtx, c.env, "umbel");
  };
}
