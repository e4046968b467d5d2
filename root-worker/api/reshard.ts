/** A collection's number of shards: changed while it is used, watched, paused, resumed, undone. */
import { z, type OpenAPIHono } from "@hono/zod-openapi";
import type { Context } from "hono";
import { SHARDS_MAX } from "../../core/collection.ts";
import {
  isOver,
  RESHARD_STEPS,
  type ReshardCommand,
  type Resharding,
} from "../../core/contracts/resharding.ts";
import type { App } from "../app.ts";
import { forgetCollection } from "../catalog-cache.ts";
import { defined } from "../defined.ts";
import { Problem } from "../problem.ts";
import { route } from "../route.ts";
import { CollectionParams } from "./names.ts";

const TAG = "Collections";
const PATH = "/v1/collections/{collection}/reshard";

const ReshardBody = z.strictObject({ shards: z.int().min(1).max(SHARDS_MAX) }).openapi("ReshardRequest");

export const ReshardAnswer = z
  .object({
    from: z.number().int(),
    to: z.number().int(),
    step: z.enum(RESHARD_STEPS).openapi({
      description:
        "copy: documents are copied into new leaves. catch-up: what was written meanwhile follows. hand-over: for a moment writes wait, and the new leaves take over. drop: the old leaves' data is deleted. undo: the new leaves' data is deleted",
    }),
    running: z.boolean(),
    paused: z.boolean(),
    problem: z.string().optional().openapi({ description: "Why it does not get on" }),
    copied: z
      .number()
      .int()
      .openapi({ description: "Documents that the new leaves have, as of the last look" }),
    documents: z.number().int().openapi({ description: "Documents that there are, as of the last look" }),
    startedAt: z.iso.datetime(),
    endedAt: z.iso.datetime().optional(),
  })
  .openapi("Reshard");

const answers = (description: string) => ({
  description,
  content: { "application/json": { schema: ReshardAnswer } },
});

export function reshardRoutes(app: OpenAPIHono<App>): void {
  route(
    app,
    {
      method: "post",
      path: PATH,
      summary: "Change a collection's number of shards while it is used",
      description:
        "Goes on by itself after the answer. A conflict while another one runs, for the number that there is, and for a layout other than documents.",
      tag: TAG,
      scope: "collections:write",
      params: CollectionParams,
      body: ReshardBody,
      example: { shards: 6 },
      responses: { 202: answers("It has begun") },
    },
    async (c, { params, body }) => command(c, params.collection, { kind: "begin", ...body }, 202),
  );

  route(
    app,
    {
      method: "get",
      path: PATH,
      summary: "How a collection's latest change of its number of shards gets on",
      tag: TAG,
      scope: "collections:read",
      params: CollectionParams,
      responses: { 200: answers("Where it is, or how it ended") },
    },
    async (c, { params: { collection } }) => {
      const resharding = await c.env.CATALOG.getReshard(collection);
      if (resharding === null) throw await nothingThere(c, collection);
      // Whoever watches also wakes: it may have begun in a request that broke off there.
      await wake(c, resharding);
      return c.json(describeReshard(resharding));
    },
  );

  for (const [kind, summary, description] of COMMANDS) {
    route(
      app,
      {
        method: "post",
        path: `${PATH}/${kind}`,
        summary,
        description,
        tag: TAG,
        scope: "collections:write",
        params: CollectionParams,
        responses: { 200: answers("Where it is now") },
      },
      async (c, { params }) => command(c, params.collection, { kind }, 200),
    );
  }
}

const COMMANDS = [
  [
    "pause",
    "Pause it",
    "The collection is served as before. A conflict once the new leaves have taken over.",
  ],
  ["resume", "Go on with it", "Also after it has paused by itself, for a problem that it names."],
  [
    "undo",
    "Undo it",
    "Everything is as it was before. A conflict once the new leaves have taken over: reshard back instead.",
  ],
] as const;

async function command(
  c: Context<App>,
  name: string,
  given: ReshardCommand,
  status: 200 | 202,
): Promise<Response> {
  const changed = await c.env.CATALOG.changeReshard(name, given);
  if (!changed.ok) throw Problem.from(changed);
  forgetCollection(name);
  await wake(c, changed);
  return c.json(describeReshard(changed), status);
}

/** What it can't reach now is woken by the documents Worker's timer. */
async function wake(c: Context<App>, { collection, reshard }: Resharding): Promise<void> {
  if (isOver(reshard) || reshard.paused) return;
  try {
    await c.env.DOCUMENTS.wakeReshard(collection.id);
  } catch (error) {
    console.error(JSON.stringify({ event: "reshard-postponed", error: String(error) }));
  }
}

async function nothingThere(c: Context<App>, name: string): Promise<Problem> {
  return (await c.env.CATALOG.getCollection(name)) === null
    ? new Problem("unknown-collection", `There is no collection "${name}".`)
    : new Problem("not-found", `"${name}" has never been resharded.`);
}

/** As users see it. */
export function describeReshard({ reshard }: Resharding): z.input<typeof ReshardAnswer> {
  const { from, to, step, paused, problem, copied, documents, startedAt, endedAt } = reshard;
  return {
    from,
    to,
    step,
    running: !isOver(reshard),
    paused,
    ...defined({ problem }),
    copied,
    documents,
    startedAt,
    ...defined({ endedAt }),
  };
}
