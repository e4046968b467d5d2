/** `/openapi.json`, made from the routes' own schemas. `/docs` is a static page that shows it. */
import type { OpenAPIHono } from "@hono/zod-openapi";
import type { App } from "../app.ts";
import { FAULTS_PATH, faultsAreOn } from "../faults/current-faults.ts";

const DESCRIPTION =
  "Scatter/gather search and event-driven functions on Cloudflare Workers. Errors are problem details (RFC 9457).";

export function openApiRoutes(app: OpenAPIHono<App>): void {
  app.openAPIRegistry.registerComponent("securitySchemes", "key", { type: "http", scheme: "bearer" });
  app.get("/openapi.json", (c) => {
    const document = app.getOpenAPI31Document({
      openapi: "3.1.0",
      info: { title: "Umbel", version: "1", description: DESCRIPTION, license: { name: "MIT" } },
      servers: [{ url: new URL(c.req.url).origin }],
    });
    if (!faultsAreOn(c.env)) delete document.paths?.[FAULTS_PATH];
    return c.json(document);
  });
}
