/** Counts every request, by its route's pattern: paths that nobody declared are one. Sends what the Worker has counted. */
import { routePath } from "hono/route";
import type { MiddlewareHandler } from "hono";
import { meter, sendMetrics } from "../../core/metrics/isolate-meter.ts";
import type { App } from "../app.ts";
import { routeName } from "../route-name.ts";

export function metrics(): MiddlewareHandler<App> {
  return async function metrics(c, next) {
    await next();
    const { method } = c.req;
    const route = routeName(routePath(c, -1));
    const counted = meter();
    counted.count("umbel_http_requests_total", { method, route, status: c.res.status });
    counted.observe(
      "umbel_http_request_duration_seconds",
      { method, route },
      (Date.now() - c.var.startedAt) / 1_000,
    );
    sendMetrics(c.executionCtx, c.env.CATALOG);
  };
}
