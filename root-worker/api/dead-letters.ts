/** Dead letters: events that could not be delivered, looked at, replayed, thrown away. They are documents of `_dead_letters`. */
import { z, type OpenAPIHono } from "@hono/zod-openapi";
import { DEAD_LETTERS } from "../../core/platform-collections.ts";
import type { App } from "../app.ts";
import { deleteLetter, eachPage, replayLetter, searchLetters } from "../dead-letters.ts";
import { readCurrent } from "../documents/read.ts";
import { Problem } from "../problem.ts";
import { route } from "../route.ts";
import { Name } from "./names.ts";

const LetterParams = z.strictObject({
  id: z.string().openapi({ param: { name: "id", in: "path" }, example: "orders.orders.12.0" }),
});

const Letter = z
  .looseObject({
    id: z.string(),
    topic: z.string(),
    pipeline: z.string(),
    version: z.number().int(),
    error: z.string(),
    attempts: z.number().int(),
    step: z.string().optional().openapi({ description: "Where it failed; absent: at a sink" }),
    history: z.array(
      z.object({
        at: z.iso.datetime(),
        version: z.number().int(),
        error: z.string(),
        times: z.number().int().openapi({ description: "Runs in a row that failed alike" }),
      }),
    ),
    event: z.unknown().openapi({ description: "As it was accepted" }),
    failedAt: z.unknown().optional().openapi({ description: "As it was when the step that failed began" }),
    acceptedAt: z.iso.datetime(),
    diedAt: z.iso.datetime(),
  })
  .openapi("DeadLetter");

const json = (description: string, schema: z.ZodType) => ({
  description,
  content: { "application/json": { schema } },
});

/** Which letters are meant: those of a pipeline, those that a query finds, those that a filter lets through. */
const Which = {
  pipeline: Name.optional(),
  q: z.string().max(8_192).optional().openapi({ description: "Words of the error or of the event's data" }),
  filter: z
    .string()
    .max(8_192)
    .optional()
    .openapi({ description: "CESQL over the letter, as `type = 'order' AND attempts > 3`" }),
};

const TAG = "Dead letters";

export function deadLetterRoutes(app: OpenAPIHono<App>): void {
  readRoutes(app);
  replayRoutes(app);
  deleteRoutes(app);
}

function readRoutes(app: OpenAPIHono<App>): void {
  route(
    app,
    {
      method: "get",
      path: "/v1/dead-letters",
      summary: "Events that could not be delivered",
      tag: TAG,
      scope: "dead-letters:read",
      query: z.strictObject({
        ...Which,
        limit: z.coerce.number().int().min(1).max(1_000).default(20),
        cursor: z.string().optional(),
      }),
      responses: {
        200: json(
          "The newest first; with words, the best first",
          z.object({
            deadLetters: z.array(Letter),
            total: z.object({ count: z.number().int(), exact: z.boolean() }),
            cursor: z.string().optional(),
          }),
        ),
      },
    },
    async (c, { query }) => c.json(await searchLetters(c, query)),
  );

  route(
    app,
    {
      method: "get",
      path: "/v1/dead-letters/{id}",
      summary: "A dead letter",
      tag: TAG,
      scope: "dead-letters:read",
      params: LetterParams,
      responses: { 200: json("With every attempt's error, and the event as it was where it failed", Letter) },
    },
    async (c, { params }) => {
      const document = await readCurrent(c, DEAD_LETTERS, params.id, undefined);
      return new Response(document.json, { headers: { "content-type": "application/json" } });
    },
  );
}

function replayRoutes(app: OpenAPIHono<App>): void {
  route(
    app,
    {
      method: "post",
      path: "/v1/dead-letters/replay",
      summary: "Replay dead letters",
      description:
        "Those of a pipeline, that a query finds or that a filter lets through; without any of these, all. Each goes through its pipeline " +
        "as that is now. `remaining` are left when the request's time is over: ask again.",
      tag: TAG,
      scope: "dead-letters:write",
      body: z.strictObject(Which),
      example: { pipeline: "orders", filter: "attempts > 3" },
      responses: {
        202: json(
          "They are accepted once more",
          z.object({
            replayed: z.number().int(),
            failed: z.array(z.object({ id: z.string(), error: z.string() })),
            remaining: z.boolean(),
          }),
        ),
      },
    },
    async (c, { body }) => {
      const failed: { id: string; error: string }[] = [];
      let replayed = 0;
      const remaining = await eachPage(c, body, async (id, letter) => {
        const error = await replayLetter(c, id, letter);
        if (error === undefined) replayed += 1;
        else failed.push({ id, error: error.message });
      });
      return c.json({ replayed, failed, remaining }, 202);
    },
  );

  route(
    app,
    {
      method: "post",
      path: "/v1/dead-letters/{id}/replay",
      summary: "Replay a dead letter",
      description: "It goes through its pipeline as that is now, and is a dead letter no more.",
      tag: TAG,
      scope: "dead-letters:write",
      params: LetterParams,
      responses: { 202: json("It is accepted once more", z.object({ replayed: z.literal(1) })) },
    },
    async (c, { params }) => {
      const document = await readCurrent(c, DEAD_LETTERS, params.id, undefined);
      const failed = await replayLetter(c, params.id, JSON.parse(document.json));
      if (failed !== undefined) throw Problem.from(failed);
      return c.json({ replayed: 1 }, 202);
    },
  );
}

function deleteRoutes(app: OpenAPIHono<App>): void {
  route(
    app,
    {
      method: "delete",
      path: "/v1/dead-letters/{id}",
      summary: "Throw a dead letter away",
      tag: TAG,
      scope: "dead-letters:write",
      params: LetterParams,
      responses: { 204: { description: "It is gone" } },
    },
    async (c, { params }) => {
      await deleteLetter(c, params.id);
      return c.body(null, 204);
    },
  );

  route(
    app,
    {
      method: "delete",
      path: "/v1/dead-letters",
      summary: "Throw dead letters away",
      description:
        "Those of a pipeline, that a query finds or that a filter lets through; `all=true` for all of them.",
      tag: TAG,
      scope: "dead-letters:write",
      query: z
        .strictObject({ ...Which, all: z.literal("true").optional() })
        .refine(
          ({ pipeline, q, filter, all }) => (pipeline ?? q ?? filter ?? all) !== undefined,
          "name a pipeline, q or a filter; or all=true",
        ),
      responses: {
        200: json(
          "`remaining`: some are left, ask again",
          z.object({ deleted: z.number().int(), remaining: z.boolean() }),
        ),
      },
    },
    async (c, { query: { all: _all, ...which } }) => {
      let deleted = 0;
      const remaining = await eachPage(c, which, async (id) => {
        await deleteLetter(c, id);
        deleted += 1;
      });
      return c.json({ deleted, remaining });
    },
  );
}
