/** How long the platform keeps what it writes into collections of its own. */
import { z, type OpenAPIHono } from "@hono/zod-openapi";
import { RETENTION_LIMITS, type Retention } from "../../core/contracts/retention.ts";
import type { App } from "../app.ts";
import { defined } from "../defined.ts";
import { route } from "../route.ts";

const age = (description: string) =>
  z.int().min(RETENTION_LIMITS.min).max(RETENTION_LIMITS.max).optional().openapi({ description });

const RetentionBody = z
  .strictObject({
    deadLettersMs: age("Dead letters, since their event died; 30 days"),
    eventsMs: age("Events of pipelines with `keep`, since they were delivered; 7 days"),
    mailMs: age("E-mails that could not be sent for want of a binding, since they were kept; 7 days"),
  })
  .openapi("Retention");

const ok = {
  description: "All of them",
  content: { "application/json": { schema: RetentionBody.required() } },
};

const TAG = "Events";

export function retentionRoutes(app: OpenAPIHono<App>): void {
  route(
    app,
    {
      method: "get",
      path: "/v1/retention",
      summary: "How long dead letters, kept events and kept e-mails stay",
      tag: TAG,
      scope: "operation:read",
      responses: { 200: ok },
    },
    async (c) => c.json(plain(await c.env.CATALOG.getRetention())),
  );

  route(
    app,
    {
      method: "put",
      path: "/v1/retention",
      summary: "Set how long dead letters, kept events and kept e-mails stay",
      description:
        "What is left out is the platform's. What is older is deleted within minutes, a bounded piece at a time. How long a topic's journal keeps its events is the topic's own setting.",
      tag: TAG,
      scope: "operation:write",
      body: RetentionBody,
      example: { deadLettersMs: 30 * 86_400_000, eventsMs: 7 * 86_400_000, mailMs: 7 * 86_400_000 },
      responses: { 200: ok },
    },
    async (c, { body }) => c.json(plain(await c.env.CATALOG.putRetention(defined(body)))),
  );
}

/** Without what comes with an answer over RPC. */
function plain({ deadLettersMs, eventsMs, mailMs }: Retention): Retention {
  return { deadLettersMs, eventsMs, mailMs };
}
