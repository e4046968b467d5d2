/** Whether the platform is up: `GET /v1/health` for this Worker alone, `GET /v1/ready` for all of them. */
import { z, type OpenAPIHono } from "@hono/zod-openapi";
import type { App, RootEnv } from "../app.ts";
import { route } from "../route.ts";

/** A sibling that takes longer is as good as absent. */
const PING_TIMEOUT_MS = 2_000;

const Health = z.object({ status: z.literal("ok") });
const Ready = z.object({
  status: z.enum(["ready", "not-ready"]),
  missing: z.array(z.string()).openapi({ description: "The Workers that do not answer" }),
});

export function healthRoutes(app: OpenAPIHono<App>): void {
  route(
    app,
    {
      method: "get",
      path: "/v1/health",
      summary: "Is the root Worker up?",
      tag: "Operation",
      public: true,
      responses: { 200: { description: "It is", content: { "application/json": { schema: Health } } } },
    },
    (c) => c.json({ status: "ok" }),
  );

  route(
    app,
    {
      method: "get",
      path: "/v1/ready",
      summary: "Do all Workers answer?",
      tag: "Operation",
      scope: "operation:read",
      responses: {
        200: { description: "All of them", content: { "application/json": { schema: Ready } } },
        503: { description: "Not all", content: { "application/json": { schema: Ready } } },
      },
    },
    async (c) => {
      const missing = await missingSiblings(c.env);
      return missing.length === 0
        ? c.json({ status: "ready", missing })
        : c.json({ status: "not-ready", missing }, 503);
    },
  );
}

async function missingSiblings(env: RootEnv): Promise<string[]> {
  const siblings = {
    documents: () => env.DOCUMENTS.ping(),
    terms: () => env.TERMS.ping(),
    catalog: () => env.CATALOG.ping(),
    journal: () => env.JOURNAL.ping(),
    pipelines: () => env.PIPELINES.ping(),
    identity: () => env.IDENTITY.ping(),
  };
  const answers = await Promise.all(
    Object.entries(siblings).map(async ([name, ping]) => ((await answersInTime(ping)) ? [] : [name])),
  );
  return answers.flat();
}

async function answersInTime(ping: () => Promise<unknown>): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<false>();
  const timer = setTimeout(() => resolve(false), PING_TIMEOUT_MS);
  try {
    return (await Promise.race([ping(), promise])) !== false;
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
  }
}
