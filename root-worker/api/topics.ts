/** Topics: events are published to them, and asked after. */
import { z, type OpenAPIHono } from "@hono/zod-openapi";
import type { Context } from "hono";
import { ulid } from "ulidx";
import { decodeRequest, type CloudEvent } from "../../core/cloudevents/index.ts";
import { originOf } from "../../core/cloudevents/origin.ts";
import { withOrigin } from "../../core/cloudevents/platform-attributes.ts";
import type { App } from "../app.ts";
import { JSON_BYTES_MAX, readBytes } from "../body.ts";
import { idAt, IdempotencyKey, idempotencyKey, idSeed } from "../idempotency-key.ts";
import { Problem } from "../problem.ts";
import { route } from "../route.ts";
import { AnyTopic, Name } from "./names.ts";

const TopicParams = z.strictObject({
  topic: Name.openapi({ param: { name: "topic", in: "path" }, example: "orders" }),
});

/** Of a topic that is asked after. */
export const AnyTopicParams = z.strictObject({
  topic: AnyTopic.openapi({ param: { name: "topic", in: "path" }, example: "orders" }),
});

const EventParams = AnyTopicParams.extend({
  id: z.string().openapi({ param: { name: "id", in: "path" }, example: "2c1b7e0a" }),
});

const EventQuery = z.strictObject({
  source: z
    .string()
    .optional()
    .openapi({ description: "Ids are unique within a source; absent: the newest of that id" }),
});

const State = z.enum(["accepted", "delivered", "filtered", "dead"]);

const Accepted = z
  .object({
    accepted: z.array(
      z.object({
        id: z.string(),
        source: z.string(),
        duplicate: z
          .literal(true)
          .optional()
          .openapi({ description: "It was accepted before, and is not run again" }),
      }),
    ),
    pipelines: z.array(z.string()).openapi({ description: "The pipelines that listen to the topic" }),
  })
  .openapi("AcceptedEvents");

const EventState = z
  .object({
    id: z.string(),
    source: z.string(),
    state: State,
    pipelines: z.array(
      z.object({
        name: z.string(),
        version: z.number().int(),
        state: State,
        attempts: z.number().int(),
        error: z.string().optional(),
      }),
    ),
  })
  .openapi("EventState");

const CloudEventBody = z
  .looseObject({
    specversion: z.literal("1.0"),
    id: z.string(),
    source: z.string(),
    type: z.string(),
    data: z.unknown().optional(),
  })
  .openapi("CloudEvent", { description: "CloudEvents 1.0.2, JSON event format" });

const Data = z.record(z.string(), z.unknown());

const ORDER = { id: "o-7", item: "green lamp", customerId: "ada" };
const ORDER_EVENT = { specversion: "1.0", id: "e-1", source: "/shop", type: "order", data: ORDER };

export function topicRoutes(app: OpenAPIHono<App>): void {
  route(
    app,
    {
      method: "post",
      path: "/v1/topics/{topic}/events",
      summary: "Publish events",
      description:
        "CloudEvents in binary, structured or batch mode. Plain JSON is wrapped: an object is an event's data, an " +
        "array is an event an element. All of a request's events are taken or none; when they are, they are durable.",
      tag: "Events",
      scope: "topics:publish",
      params: TopicParams,
      headers: IdempotencyKey,
      content: {
        "application/json": { schema: z.union([Data, z.array(Data)]), example: ORDER },
        "application/cloudevents+json": { schema: CloudEventBody, example: ORDER_EVENT },
        "application/cloudevents-batch+json": { schema: z.array(CloudEventBody), example: [ORDER_EVENT] },
      },
      responses: {
        202: { description: "They are accepted", content: { "application/json": { schema: Accepted } } },
      },
    },
    async (c, { params: { topic } }) => {
      const body = await readBytes(c.req.raw, JSON_BYTES_MAX);
      const defaults = {
        source: `/v1/topics/${topic}`,
        type: topic,
        newId: await newIds(c, body),
        now: () => Date.now(),
      };
      const decoded = decodeRequest(c.req.raw.headers, body, defaults);
      if (!decoded.ok) throw Problem.from(decoded);
      const origin = originOf(c.req.raw);
      const events = inTrace(decoded.events, c).map((event) => withOrigin(event, origin));
      const answer = await c.env.JOURNAL.append(topic, events);
      if (!answer.ok) throw Problem.from(answer);
      const { accepted, pipelines } = answer;
      return c.json({ accepted, pipelines }, 202);
    },
  );

  route(
    app,
    {
      method: "get",
      path: "/v1/topics/{topic}/events/{id}",
      summary: "What became of an event",
      tag: "Events",
      scope: "topics:read",
      params: EventParams,
      query: EventQuery,
      responses: {
        200: {
          description: "Its state, in all and by pipeline",
          content: { "application/json": { schema: EventState } },
        },
      },
    },
    async (c, { params, query }) => {
      const answer = await c.env.JOURNAL.eventState(params.topic, params.id, query.source);
      if (!answer.ok) throw Problem.from(answer);
      return c.json(answer.event);
    },
  );
}

/** Makes the ids of events that have none. */
async function newIds({ req }: Context<App>, body: Uint8Array): Promise<() => string> {
  const key = idempotencyKey(req.raw.headers);
  if (key === undefined) return () => ulid();
  const seed = await idSeed(key, req.path, body);
  let place = 0;
  return () => idAt(seed, place++);
}

/** Events of a traced request carry its trace on (CloudEvents' extension for distributed tracing), but for their own. */
function inTrace(events: CloudEvent[], c: Context<App>): CloudEvent[] {
  const { traced, traceparent } = c.var;
  return traced ? events.map((event) => ({ traceparent, ...event })) : events;
}
