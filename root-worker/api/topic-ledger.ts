/** Topics as wholes: their ledgers, and replays of what they keep. */
import { z, type OpenAPIHono } from "@hono/zod-openapi";
import type { App } from "../app.ts";
import { Problem } from "../problem.ts";
import { route } from "../route.ts";
import { Name } from "./names.ts";
import { TopicParams } from "./topics.ts";

/** How long one request goes on with a replay. */
const REPLAY_TIME_MS = 20_000;

const TopicAnswer = z
  .object({
    topic: z.string(),
    pipelines: z.array(z.string()),
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
      params: TopicParams,
      responses: {
        200: { description: "Its events, counted", content: { "application/json": { schema: TopicAnswer } } },
      },
    },
    async (c, { params: { topic } }) => {
      const [counts, pipelines] = await Promise.all([
        c.env.JOURNAL.counts(topic),
        c.env.CATALOG.pipelinesOf(topic),
      ]);
      const { accepted, delivered, filtered, dead, inFlight } = counts;
      return c.json({
        topic,
        pipelines: pipelines.map(({ name }) => name),
        events: { accepted, delivered, filtered, dead, inFlight },
      });
    },
  );
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
      params: TopicParams,
      body: z.strictObject({
        pipeline: Name,
        from: z.iso
          .datetime({ offset: true })
          .optional()
          .openapi({ description: "Absent: all that is kept" }),
        to: z.iso.datetime({ offset: true }).optional().openapi({ description: "Absent: until now" }),
        after: z.int().min(0).optional(),
      }),
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
