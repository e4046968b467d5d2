/** Pipelines: declared, looked at, deleted. */
import { z, type OpenAPIHono } from "@hono/zod-openapi";
import {
  ON_ERROR,
  PIPELINE_SINKS_MAX,
  PIPELINE_STEPS_MAX,
  RETRY_ATTEMPTS_MAX,
  RETRY_DELAY_MAX_MS,
  type PipelineSpec,
} from "../../core/contracts/pipelines.ts";
import { defined } from "../defined.ts";
import type { App, RootEnv } from "../app.ts";
import { Problem } from "../problem.ts";
import { route } from "../route.ts";
import { Name } from "./names.ts";

const PipelineParams = z.strictObject({
  pipeline: Name.openapi({ param: { name: "pipeline", in: "path" }, example: "orders" }),
});

const PipelineBody = z
  .strictObject({
    topic: Name,
    filter: z.string().optional().openapi({ description: "CESQL over the event; absent: every event" }),
    steps: z
      .array(
        z.strictObject({
          use: z.string().openapi({ description: "The decorator's name" }),
          with: z
            .record(z.string(), z.unknown())
            .optional()
            .openapi({ description: "The decorator's options" }),
          onError: z.enum(ON_ERROR).optional().openapi({
            description:
              "What an error does to the event: `retry` (default; a rejection is final), `dead` at once, or `continue` without the step",
          }),
        }),
      )
      .max(PIPELINE_STEPS_MAX, `a pipeline has at most ${PIPELINE_STEPS_MAX} steps`)
      .default([]),
    retry: z
      .strictObject({
        attempts: z.int().min(1).max(RETRY_ATTEMPTS_MAX).optional(),
        firstDelayMs: z.int().min(1).max(RETRY_DELAY_MAX_MS).optional(),
        maxDelayMs: z.int().min(1).max(RETRY_DELAY_MAX_MS).optional(),
      })
      .optional()
      .openapi({
        description:
          "How events that failed are tried again: 12 runs, 1 s after the first, twice as long after each, at most 10 min",
      }),
    deliver: z
      .array(z.union([z.strictObject({ collection: Name }), z.strictObject({ topic: Name })]))
      .min(1, "names at least one sink")
      .max(PIPELINE_SINKS_MAX, `a pipeline has at most ${PIPELINE_SINKS_MAX} sinks`),
  })
  .openapi("PipelineDeclaration", {
    example: {
      topic: "orders",
      steps: [{ use: "defaults", with: { status: "new" } }],
      deliver: [{ collection: "orders" }],
    },
  });

const PipelineAnswer = PipelineBody.extend({
  name: z.string(),
  version: z.number().int(),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
}).openapi("Pipeline");

const answers = (description: string) => ({
  description,
  content: { "application/json": { schema: PipelineAnswer } },
});

const TAG = "Pipelines";
const PATH = "/v1/pipelines/{pipeline}";

export function pipelineRoutes(app: OpenAPIHono<App>): void {
  changeRoutes(app);

  route(
    app,
    {
      method: "get",
      path: "/v1/pipelines",
      summary: "All pipelines",
      tag: TAG,
      responses: {
        200: {
          description: "By name",
          content: { "application/json": { schema: z.object({ pipelines: z.array(PipelineAnswer) }) } },
        },
      },
    },
    async (c) => c.json({ pipelines: await c.env.CATALOG.listPipelines() }),
  );

  route(
    app,
    {
      method: "get",
      path: PATH,
      summary: "A pipeline",
      tag: TAG,
      params: PipelineParams,
      responses: { 200: answers("The declaration, with its version") },
    },
    async (c, { params }) => {
      const pipeline = await c.env.CATALOG.getPipeline(params.pipeline);
      if (pipeline === null) throw unknownPipeline(params.pipeline);
      return c.json(pipeline);
    },
  );
}

function changeRoutes(app: OpenAPIHono<App>): void {
  route(
    app,
    {
      method: "put",
      path: PATH,
      summary: "Declare a pipeline",
      description: "What differs from the declaration that is there becomes a new version.",
      tag: TAG,
      params: PipelineParams,
      body: PipelineBody,
      responses: { 200: answers("It was there, or has changed"), 201: answers("It was made") },
    },
    async (c, { params, body }) => {
      const spec = toSpec(body);
      const valid = await c.env.PIPELINES.validate(spec);
      if (!valid.ok) throw Problem.from(valid);
      const before = await c.env.CATALOG.getPipeline(params.pipeline);
      const { created, pipeline } = await c.env.CATALOG.putPipeline(params.pipeline, spec);
      await announce(c.env, [spec.topic, ...(before === null ? [] : [before.topic])]);
      return c.json(pipeline, created ? 201 : 200);
    },
  );

  route(
    app,
    {
      method: "delete",
      path: PATH,
      summary: "Delete a pipeline",
      description: "Events that it is not through with are dead.",
      tag: TAG,
      params: PipelineParams,
      responses: { 204: { description: "It is gone" } },
    },
    async (c, { params }) => {
      const before = await c.env.CATALOG.getPipeline(params.pipeline);
      if (before === null || !(await c.env.CATALOG.deletePipeline(params.pipeline))) {
        throw unknownPipeline(params.pipeline);
      }
      await announce(c.env, [before.topic]);
      return c.body(null, 204);
    },
  );
}

/** zod's optional properties may hold undefined; a declaration's may not. */
function toSpec({ steps, retry, ...others }: z.output<typeof PipelineBody>): PipelineSpec {
  return defined({
    ...others,
    steps: steps.map((step) => defined(step)),
    retry: retry === undefined ? undefined : defined(retry),
  });
}

/**
 * Tells topics that other pipelines listen now, so that the next event meets them. A topic that can't be told finds
 * out by itself a moment later, so the change stands.
 */
async function announce(env: RootEnv, topics: readonly string[]): Promise<void> {
  const told = await Promise.allSettled(
    [...new Set(topics)].map((topic) => env.JOURNAL.pipelinesChanged(topic)),
  );
  for (const result of told) {
    if (result.status === "rejected") {
      console.error(JSON.stringify({ event: "announcement-failed", error: String(result.reason) }));
    }
  }
}

function unknownPipeline(name: string): Problem {
  return new Problem("unknown-pipeline", `There is no pipeline "${name}".`);
}
