/** The graph: what hangs together by declaration, and what was seen flowing. */
import { z, type OpenAPIHono } from "@hono/zod-openapi";
import type { Context } from "hono";
import { sendMetricsNow } from "../../core/metrics/isolate-meter.ts";
import type { Counted } from "../../core/metrics/values.ts";
import type { App } from "../app.ts";
import { addDeclared } from "../graph/declared.ts";
import { GraphBuilder, NODE_KINDS, type Graph } from "../graph/graph.ts";
import { mermaid } from "../graph/mermaid.ts";
import { addObserved } from "../graph/observed.ts";
import { svg } from "../graph/svg.ts";
import { route } from "../route.ts";

const SECONDS_MAX = 3 * 86_400;

const GraphQuery = z.strictObject({
  format: z.enum(["json", "mermaid", "svg"]).default("json"),
  seconds: z.coerce
    .number()
    .int()
    .min(60)
    .max(SECONDS_MAX)
    .default(86_400)
    .openapi({ description: "The stretch of time, until now, in which flow is looked for" }),
});

const Flow = z.object({
  count: z.number(),
  perSecond: z.number(),
  errorShare: z.number(),
  lagSeconds: z.number().optional(),
});

const GraphAnswer = z
  .object({
    seconds: z.number().int(),
    nodes: z.array(
      z.object({ id: z.string(), kind: z.enum(NODE_KINDS), name: z.string(), declared: z.boolean() }),
    ),
    edges: z.array(
      z.object({
        from: z.string(),
        to: z.string(),
        kind: z.enum(["takes", "runs", "reads", "delivers", "calls", "decorates"]),
        declared: z.boolean(),
        observed: z.boolean(),
        flow: Flow.optional(),
      }),
    ),
  })
  .openapi("Graph");

export function graphRoutes(app: OpenAPIHono<App>): void {
  route(
    app,
    {
      method: "get",
      path: "/v1/graph",
      summary: "What hangs together, declared and observed",
      description:
        "Nodes are topics, pipelines, decorators, functions, collections, webhooks and e-mail. An edge that is declared and was never seen has `observed: false`; one that was seen and nobody declares, `declared: false`.",
      tag: "Operation",
      scope: "operation:read",
      query: GraphQuery,
      responses: {
        200: {
          description: "The graph",
          content: {
            "application/json": { schema: GraphAnswer },
            "text/vnd.mermaid": { schema: z.string() },
            "image/svg+xml": { schema: z.string() },
          },
        },
      },
    },
    async (c, { query: { format, seconds } }) => {
      const graph = await currentGraph(c, seconds);
      if (format === "mermaid")
        return c.body(mermaid(graph), 200, { "content-type": "text/vnd.mermaid; charset=utf-8" });
      if (format === "svg")
        return c.body(svg(graph), 200, { "content-type": "image/svg+xml; charset=utf-8" });
      return c.json({ seconds, ...graph });
    },
  );
}

async function currentGraph(c: Context<App>, seconds: number): Promise<Graph> {
  const { CATALOG } = c.env;
  await sendMetricsNow(CATALOG);
  const [pipelines, collections, functions, counted] = await Promise.all([
    CATALOG.listPipelines(),
    CATALOG.listCollections(),
    CATALOG.listFunctions(),
    CATALOG.countedDuring(seconds),
  ]);
  const graph = new GraphBuilder();
  addDeclared(graph, { pipelines, collections, functions });
  addObserved(graph, JSON.parse(counted) as Counted, seconds); // the Catalog Worker's writing
  return graph.graph();
}
