/** Metrics, for Prometheus to scrape. */
import type { OpenAPIHono } from "@hono/zod-openapi";
import { EXPOSITION_TYPE } from "../../core/metrics/exposition.ts";
import { sendMetricsNow } from "../../core/metrics/isolate-meter.ts";
import type { App } from "../app.ts";
import { route } from "../route.ts";

export function metricsRoutes(app: OpenAPIHono<App>): void {
  route(
    app,
    {
      method: "get",
      path: "/metrics",
      summary: "Metrics in Prometheus's text format",
      description:
        "What all Workers have counted since the deployment was made. Each isolate sends what it has counted some seconds after it began to.",
      tag: "Operation",
      scope: "operation:read",
      responses: { 200: { description: "Text format 0.0.4", content: { "text/plain": {} } } },
    },
    async (c) => {
      await sendMetricsNow(c.env.CATALOG);
      return c.body(await c.env.CATALOG.metricsText(), 200, { "content-type": EXPOSITION_TYPE });
    },
  );
}
