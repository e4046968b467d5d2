/** Topics as wholes: their ledgers, and replays of what they keep. */
import { z, type OpenAPIHono } from "@hono/zod-openapi";
import { TOPIC_LIMITS } from "../../core/contracts/topic-settings.ts";
import type { App, RootEnv } from "../app.ts";
import { defined } from "../defined.ts";
import { Problem } from "../problem.ts";
import { route } from "../route.ts";
import { Name } from "./names.ts";
import { AnyTopicParams } from "./topics.ts";

/** How long one request goes on with a replay. */
const REPLAY_TIME_MS = 20_000;

const { retentionMs, retentionBytes, dedupeMs } = TOPIC_LIMITS;

const SettingsBody = z
  .strictObject({
    retentionMs: z
      .int()
      .min(retentionMs.min)
      .max(retentionMs.max)
      .optional()
      .openapi({ description: "How long settled events are kept; 7 days" }),
    deadRetentionMs: z
      .int()
      .min(retentionMs.min)
      .max(retentionMs.max)
      .optional()
      .openapi({ description: "How long events that died are kept; 30 days" }),
    retentionBytes: z
      .int()
      .min(retentionBytes.min)
      .max(retentionBytes.max)
      .optional()
      .openapi({ description: "Beyond this size settled events go before their time; 2 GiB" }),
    dedupeMs: z
      .int()
      .min(dedupeMs.min)
      .max(dedupeMs.max)
      .optional()
      .openapi({ description: "Within this time an event that comes again is taken once; a day" }),
  })
  .openapi("TopicSettings");

const TopicAnswer = z
  .object({
    topic: z.string(),
    pipelines: z.array(z.string()),
    settings: SettingsBody.required(),
    events: z.object({
      accepted: z.number().int(),
      delivered: z.number().int(),
      filtered: z.number().int(),
      dead: z.number().int(),
      inFlight: z.number().int(),
    }),
  })
  .openapi("Topic");

export function topicLedgerRoutes(app: OpenAPIHono<App>): void {
  ledgerRoute(app);
  settingsRoute(app);
  replayRoute(app);
}

function ledgerRoute(app: OpenAPIHono<App>): void {
  route(
    app,
    {
      method: "get",
      path: "/v1/topics/{topic}",
      summary: "A topic's ledger",
      description:
        "accepted = delivered + filtered + dead + inFlight, always; replays count as accepted again.",
      tag: "Events",
      scope: "topics:read",
      params: AnyTopicParams,
      responses: {
        200: { description: "Its events, counted", content: { "application/json": { schema: TopicAnswer } } },
      },
    },
    async (c, { params: { topic } }) => {
      return c.json(await describeTopic(c.env, topic));
    },
  );
}

function settingsRoute(app: OpenAPIHono<App>): void {
  route(
    app,
    {
      method: "put",
      path: "/v1/topics/{topic}",
      summary: "Set how long a topic keeps what",
      description: "What is left out is the platform's. A topic needs no declaration to be published to.",
      tag: "Events",
      scope: "topics:write",
      params: AnyTopicParams,
      body: SettingsBody,
      example: { retentionMs: 7 * 86_400_000, dedupeMs: 86_400_000 },
      responses: {
        200: { description: "The topic", content: { "application/json": { schema: TopicAnswer } } },
      },
    },
    async (c, { params: { topic }, body }) => {
      await c.env.JOURNAL.configure(topic, defined(body));
      return c.json(await describeTopic(c.env, topic));
    },
  );
}

async function describeTopic(env: RootEnv, topic: string): Promise<z.output<typeof TopicAnswer>> {
  const [counts, settings, pipelines] = await Promise.all([
    env.JOURNAL.counts(topic),
    env.JOURNAL.settings(topic),
    env.CATALOG.pipelinesOf(topic),
  ]);
  const { accepted, delivered, filtered, dead, inFlight } = counts;
  return {
    topic,
    pipelines: pipelines.map(({ name }) => name),
    settings: {
      retentionMs: settings.retentionMs,
      deadRetentionMs: settings.deadRetentionMs,
      retentionBytes: settings.retentionBytes,
      dedupeMs: settings.dedupeMs,
    },
    events: { accepted, delivered, filtered, dead, inFlight },
  };
}

function replayRoute(app: OpenAPIHono<App>): void {
  route(
    app,
    {
      method: "post",
      path: "/v1/topics/{topic}/replay",
      summary: "Run a time range of a topic through a pipeline once more",
      description:
        "Events that were accepted from `from` on and before `to`, as far as they are kept, go through that pipeline alone, as it is now. " +
        "Where a document is newer, a replayed event does not overwrite it. `next`: the request's time was over; ask again with it as `after`.",
      tag: "Events",
      scope: "topics:write",
      params: AnyTopicParams,
      body: z.strictObject({
        pipeline: Name,
        from: z.iso
          .datetime({ offset: true })
          .optional()
          .openapi({ description: "Absent: all that is kept" }),
        to: z.iso.datetime({ offset: true }).optional().openapi({ description: "Absent: until now" }),
        after: z.int().min(0).optional(),
      }),
      example: { pipeline: "orders", from: "2026-01-31T00:00:00Z" },
      responses: {
        202: {
          description: "They are accepted once more",
          content: {
            "application/json": {
              schema: z.object({ replayed: z.number().int(), next: z.number().int().optional() }),
            },
          },
        },
      },
    },
    async (c, { params: { topic }, body }) => {
      const pipeline = await c.env.CATALOG.getPipeline(body.pipeline);
      if (pipeline === null)
        throw new Problem("unknown-pipeline", `There is no pipeline "${body.pipeline}".`);
      const { name, version } = pipeline;
      const now = Date.now();
      const from = body.from === undefined ? 0 : Date.parse(body.from);
      // What is appended meanwhile, the replays among it, is not in the range.
      const to = Math.min(body.to === undefined ? Number.POSITIVE_INFINITY : Date.parse(body.to), now + 1);
      let replayed = 0;
      let after = body.after ?? 0;
      for (;;) {
        const answer = await c.env.JOURNAL.replayRange(topic, { name, version }, { from, to, after });
        if (!answer.ok) throw Problem.from(answer);
        replayed += answer.replayed;
        if (answer.next === undefined) return c.json({ replayed }, 202);
        after = answer.next;
        if (Date.now() - now > REPLAY_TIME_MS) return c.json({ replayed, next: after }, 202);
      }
    },
  );
}
