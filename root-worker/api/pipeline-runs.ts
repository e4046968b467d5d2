/** Pipelines outside of the queue: simulated, or invoked for a request that waits. */
import { z, type OpenAPIHono } from "@hono/zod-openapi";
import { ulid } from "ulidx";
import type { CloudEvent } from "../../core/cloudevents/event.ts";
import { eventOf } from "../../core/cloudevents/given.ts";
import { originOf } from "../../core/cloudevents/origin.ts";
import { withOrigin } from "../../core/cloudevents/platform-attributes.ts";
import { SIMULATED_EVENTS_MAX, type UpstreamAnswer } from "../../core/contracts/pipeline-runs.ts";
import { isObject, type JsonObject } from "../../core/document/values.ts";
import type { FieldError } from "../../core/errors.ts";
import type { App } from "../app.ts";
import { Problem } from "../problem.ts";
import { route } from "../route.ts";
import { Fitness } from "./function-schemas.ts";
import { PipelineParams } from "./pipeline-schemas.ts";

const AnyObject = z
  .custom<JsonObject>(isObject, "must be a JSON object")
  .openapi("EventOrData", { type: "object" });
const Event = z.looseObject({ id: z.string(), source: z.string(), type: z.string() });

const SimulatedCall = z
  .object({
    function: z.string(),
    version: z.string(),
    items: z.number().int(),
    errors: z.number().int(),
    steps: z.number().int().openapi({ description: "Loop turns and function entries" }),
    ms: z
      .number()
      .openapi({ description: "As it was waited for; the first call of a version has its start in it" }),
    bytesIn: z.number().int(),
    bytesOut: z.number().int(),
  })
  .openapi("SimulatedCall", { description: "A call of a function, and what it took" });

const SimulationAnswer = z
  .object({
    version: z.number().int(),
    events: z.array(
      z.object({
        given: Event,
        outcome: z.enum(["made", "filtered", "rejected", "failed", "waiting"]),
        error: z.string().optional(),
        steps: z.array(
          z.object({
            step: z.number().int(),
            use: z.string(),
            given: Event,
            made: z.array(Event),
            error: z.string().optional(),
            functions: z.array(SimulatedCall).optional(),
            tookMs: z.number(),
          }),
        ),
        made: z.array(z.object({ event: Event, deliver: z.array(z.string()) })),
        tookMs: z.number(),
      }),
    ),
    functions: z
      .array(
        z.object({
          function: z.string(),
          version: z.string(),
          codeBytes: z.number().int(),
          fitness: Fitness,
        }),
      )
      .optional()
      .openapi({ description: "Of each function that was called, how it suits an edge" }),
    tookMs: z.number(),
  })
  .openapi("Simulation");

const TAG = "Pipelines";

export function pipelineRunRoutes(app: OpenAPIHono<App>): void {
  simulateRoute(app);
  invokeRoute(app);
}

function simulateRoute(app: OpenAPIHono<App>): void {
  route(
    app,
    {
      method: "post",
      path: "/v1/pipelines/{pipeline}/simulate",
      summary: "What a pipeline would make of events",
      description:
        "Each step of each event: what it was given, what it made, its error and time. Nothing is delivered. An event may leave " +
        "attributes out, or be data alone.",
      tag: TAG,
      scope: "pipelines:run",
      params: PipelineParams,
      body: z.strictObject({
        events: z
          .array(AnyObject)
          .min(1, "names at least one event")
          .max(SIMULATED_EVENTS_MAX, `at most ${SIMULATED_EVENTS_MAX} events are simulated at once`),
      }),
      example: { events: [{ item: "lamp", card: "4111111111111111" }] },
      responses: {
        200: {
          description: "What became of each",
          content: { "application/json": { schema: SimulationAnswer } },
        },
      },
    },
    async (c, { params, body }) => {
      const events = eventsOf(body.events, params.pipeline, c.var.startedAt);
      const origin = originOf(c.req.raw);
      const answer = await c.env.PIPELINES.simulate(
        params.pipeline,
        events.map((event) => withOrigin(event, origin)),
      );
      if (!answer.ok) throw Problem.from(answer);
      const { ok: _ok, ...simulation } = answer;
      return c.json({ ...simulation, tookMs: Date.now() - c.var.startedAt });
    },
  );
}

function invokeRoute(app: OpenAPIHono<App>): void {
  route(
    app,
    {
      method: "post",
      path: "/v1/pipelines/{pipeline}/invoke",
      summary: "Run a pipeline now",
      description:
        "The body is the event's data; the answer is the data of what the pipeline makes of it: one object, or an array where it " +
        "splits; 204 where it is filtered, 422 where it is rejected. Its sinks are delivered to before the answer. Where the pipeline has an " +
        "upstream (a webhook with `reply`), the upstream's answer is passed on. Nothing is tried again.",
      tag: TAG,
      scope: "pipelines:run",
      params: PipelineParams,
      body: AnyObject,
      example: { item: "lamp", quantity: 2 },
      responses: {
        200: {
          description: "What it made",
          content: { "application/json": { schema: z.union([AnyObject, z.array(AnyObject)]) } },
        },
        204: { description: "It was filtered" },
      },
    },
    async (c, { params, body }) => {
      const answer = await c.env.PIPELINES.invoke(params.pipeline, {
        data: body,
        origin: originOf(c.req.raw),
      });
      if (!answer.ok) throw Problem.from(answer);
      const { version, events, upstream } = answer;
      if (upstream !== undefined) return passOn(upstream, version);
      c.header("umbel-pipeline-version", String(version));
      if (events.length === 0) return c.body(null, 204);
      const [first] = events;
      return c.json(events.length === 1 ? (first?.data ?? null) : events.map(({ data }) => data ?? null));
    },
  );
}

/** An upstream's answer as this request's. */
function passOn({ status, contentType, body }: UpstreamAnswer, version: number): Response {
  const headers = new Headers({ "umbel-pipeline-version": String(version) });
  if (contentType !== undefined) headers.set("content-type", contentType);
  const hasBody = status !== 204 && status !== 304;
  // A copy: what came over RPC may be a view of a longer buffer.
  return new Response(hasBody ? new Uint8Array(body) : null, { status, headers });
}

/** The events that are meant, or a problem that names what is wrong with any. */
function eventsOf(given: readonly object[], pipeline: string, now: number): CloudEvent[] {
  const errors: FieldError[] = [];
  const events: CloudEvent[] = [];
  for (const [index, each] of given.entries()) {
    const defaults: CloudEvent = {
      specversion: "1.0",
      id: ulid(),
      source: `/v1/pipelines/${pipeline}/simulate`,
      type: pipeline,
      time: new Date(now).toISOString(),
    };
    const validation = eventOf(each, defaults, `events[${index}]`);
    if (validation.ok) events.push(validation.event);
    else errors.push(...validation.errors);
  }
  if (errors.length === 0) return events;
  const summary = errors.map(({ path, message }) => `${path} ${message}`).join("; ");
  throw new Problem("invalid-event", summary, errors);
}
