/** Pipelines: declared, looked at, brought back, deleted. */
import { z, type OpenAPIHono } from "@hono/zod-openapi";
import type { Context } from "hono";
import type { Pipeline, PipelineSpec } from "../../core/contracts/pipelines.ts";
import { specOf } from "../../core/pipeline-spec.ts";
import type { App, RootEnv } from "../app.ts";
import { Problem } from "../problem.ts";
import { route } from "../route.ts";
import { withSecrets, withoutSecrets } from "../webhook-secrets.ts";
import { PipelineAnswer, PipelineBody, PipelineParams, toSpec } from "./pipeline-schemas.ts";

const answers = (description: string) => ({
  description,
  content: { "application/json": { schema: PipelineAnswer } },
});

const list = (name: string, description: string) => ({
  description,
  content: { "application/json": { schema: z.object({ [name]: z.array(PipelineAnswer) }) } },
});

const TAG = "Pipelines";
const PATH = "/v1/pipelines/{pipeline}";

export function pipelineRoutes(app: OpenAPIHono<App>): void {
  changeRoutes(app);
  versionRoutes(app);
  sinkRoutes(app);

  route(
    app,
    {
      method: "get",
      path: "/v1/pipelines",
      summary: "All pipelines",
      tag: TAG,
      scope: "pipelines:read",
      responses: { 200: list("pipelines", "By name") },
    },
    async (c) => c.json({ pipelines: (await c.env.CATALOG.listPipelines()).map((each) => toAnswer(each)) }),
  );

  route(
    app,
    {
      method: "get",
      path: PATH,
      summary: "A pipeline",
      tag: TAG,
      scope: "pipelines:read",
      params: PipelineParams,
      responses: { 200: answers("The declaration, with its version, and how its webhooks fare") },
    },
    async (c, { params }) => {
      const pipeline = await currentPipeline(c.env, params.pipeline);
      const [sinks, listening] = await Promise.all([
        c.env.PIPELINES.sinkStates(pipeline),
        c.env.CATALOG.pipelinesOf(pipeline.topic),
      ]);
      const isOver = listening.some(({ name, overBudget }) => name === pipeline.name && overBudget === true);
      return c.json({
        ...toAnswer(pipeline),
        ...(sinks.length === 0 ? {} : { sinks }),
        ...(isOver ? { overBudget: true } : {}),
      });
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
      description:
        "What differs from the declaration that is there becomes a new version. 422 when its own examples fail, with each " +
        "difference, or when events could go in a circle, with the way round.",
      tag: TAG,
      scope: "pipelines:write",
      params: PipelineParams,
      body: PipelineBody,
      responses: { 200: answers("It was there, or has changed"), 201: answers("It was made") },
    },
    async (c, { params, body }) => {
      const { created, pipeline, made } = await declare(c, params.pipeline, toSpec(body));
      return c.json(toAnswer(pipeline, made), created ? 201 : 200);
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
      scope: "pipelines:write",
      params: PipelineParams,
      responses: { 204: { description: "It is gone" } },
    },
    async (c, { params }) => {
      const before = await currentPipeline(c.env, params.pipeline);
      const answer = await c.env.CATALOG.deletePipeline(params.pipeline);
      if (!answer.ok) throw Problem.from(answer);
      await announce(c.env, [before.topic]);
      return c.body(null, 204);
    },
  );
}

function sinkRoutes(app: OpenAPIHono<App>): void {
  route(
    app,
    {
      method: "post",
      path: `${PATH}/resume`,
      summary: "Send to a pipeline's paused and disabled webhooks again",
      description: "Whatever waited for them goes out when its wait is over.",
      tag: TAG,
      scope: "pipelines:write",
      params: PipelineParams,
      responses: { 204: { description: "They are active" } },
    },
    async (c, { params }) => {
      await currentPipeline(c.env, params.pipeline);
      await c.env.PIPELINES.resumeSinks(params.pipeline);
      return c.body(null, 204);
    },
  );
}

function versionRoutes(app: OpenAPIHono<App>): void {
  route(
    app,
    {
      method: "get",
      path: `${PATH}/versions`,
      summary: "A pipeline's versions",
      tag: TAG,
      scope: "pipelines:read",
      params: PipelineParams,
      responses: { 200: list("versions", "Those that are kept, the newest first") },
    },
    async (c, { params }) => {
      const versions = await c.env.CATALOG.listPipelineVersions(params.pipeline);
      if (versions.length === 0) throw unknownPipeline(params.pipeline);
      return c.json({ versions: versions.map((each) => toAnswer(each)) });
    },
  );

  route(
    app,
    {
      method: "post",
      path: `${PATH}/rollback`,
      summary: "Bring a former version back",
      description:
        "Its declaration becomes a new version, so that versions always rise. It is checked as a new declaration is.",
      tag: TAG,
      scope: "pipelines:write",
      params: PipelineParams,
      body: z.strictObject({ version: z.int().min(1) }),
      example: { version: 1 },
      responses: { 200: answers("The new version, which says which one it restores") },
    },
    async (c, { params, body }) => {
      const versions = await c.env.CATALOG.listPipelineVersions(params.pipeline);
      if (versions.length === 0) throw unknownPipeline(params.pipeline);
      const wanted = versions.find(({ version }) => version === body.version);
      if (wanted === undefined) {
        const kept = versions.map(({ version }) => version).join(", ");
        const message = `There is no version ${body.version} of "${params.pipeline}"; there is: ${kept}.`;
        throw new Problem("unknown-version", message);
      }
      const { pipeline } = await declare(c, params.pipeline, specOf(wanted), body.version);
      return c.json(toAnswer(pipeline));
    },
  );
}

/** Checks a declaration, keeps it, and tells its topics. */
async function declare(
  c: Context<App>,
  name: string,
  declared: PipelineSpec,
  restores?: number,
): Promise<{ created: boolean; pipeline: Pipeline; made: ReadonlySet<number> }> {
  const valid = await c.env.PIPELINES.validate(name, declared);
  if (!valid.ok) throw Problem.from(valid);
  const before = await c.env.CATALOG.getPipeline(name);
  const { deliver, made } = withSecrets(declared.deliver, before?.deliver ?? []);
  const spec = { ...declared, deliver };
  const answer = await c.env.CATALOG.putPipeline(name, spec, valid.links, restores);
  if (!answer.ok) throw Problem.from(answer);
  await announce(c.env, [spec.topic, ...(before === null ? [] : [before.topic])]);
  const { created, pipeline } = answer;
  return { created, pipeline, made };
}

/** A pipeline as it is answered. `shown`: the sinks whose secrets were made just now. */
function toAnswer(pipeline: Pipeline, shown?: ReadonlySet<number>): Pipeline {
  return { ...pipeline, deliver: withoutSecrets(pipeline.deliver, shown) };
}

async function currentPipeline(env: RootEnv, name: string): Promise<Pipeline> {
  const pipeline = await env.CATALOG.getPipeline(name);
  if (pipeline === null) throw unknownPipeline(name);
  return pipeline;
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
