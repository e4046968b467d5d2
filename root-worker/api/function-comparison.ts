/** Two versions of a function, compared on real events or documents before one takes the other's place. */
import { z, type OpenAPIHono } from "@hono/zod-openapi";
import {
  COMPARED_MAX,
  DIFFERENCES_TOLD_MAX,
  type ComparedKind,
} from "../../core/contracts/function-comparison.ts";
import type { FunctionSummary } from "../../core/contracts/functions.ts";
import { isObject } from "../../core/document/values.ts";
import type { App, RootEnv } from "../app.ts";
import { compareOverItems } from "../function-comparison.ts";
import { Problem } from "../problem.ts";
import { route } from "../route.ts";
import { AnyJson, FunctionParams, Version } from "./function-schemas.ts";
import { Name } from "./names.ts";

const KINDS = ["decorate", "handle", "map"] as const satisfies readonly ComparedKind[];

const Runs = z.object({
  version: Version,
  errors: z.number().int().openapi({ description: "Rejections included" }),
  filtered: z.number().int().openapi({ description: "Events of which it made nothing" }),
  ms: z.number().openapi({ description: "All its calls together, as they were waited for" }),
  steps: z.number().int().openapi({ description: "Loop turns and calls" }),
});

const Difference = z.object({
  path: z.string().openapi({ description: "Empty: the result as a whole" }),
  a: z
    .string()
    .nullable()
    .openapi({ description: "What the first version has there, as JSON that may be cut off; null: nothing" }),
  b: z.string().nullable().openapi({ description: "What the second has" }),
});

const ComparisonAnswer = z
  .object({
    function: z.string(),
    kind: z.enum(KINDS),
    compared: z.number().int(),
    same: z.number().int(),
    different: z.number().int(),
    runs: z.array(Runs),
    differences: z
      .array(
        z.object({
          id: z.string(),
          source: z.string().optional().openapi({ description: "Of an event" }),
          kept: z.string().optional().openapi({ description: "Its document in `_events`" }),
          differences: z.array(Difference),
        }),
      )
      .openapi({ description: `The first ${DIFFERENCES_TOLD_MAX} items that differ` }),
    tookMs: z.number(),
  })
  .openapi("FunctionComparison");

const ComparisonBody = z
  .strictObject({
    versions: z.tuple([Version, Version]),
    pipeline: Name.optional().openapi({ description: "Events that this pipeline has kept" }),
    topic: Name.optional().openapi({
      description: "Events of this topic, whichever pipelines have kept them",
    }),
    collection: Name.optional().openapi({ description: "Documents of this collection" }),
    kind: z.enum(KINDS).optional().openapi({
      description:
        "What is called: of events `decorate`; of documents the first of decorate, handle and map that both versions have",
    }),
    limit: z.int().min(1).max(COMPARED_MAX).default(500),
    filter: z
      .string()
      .max(8_192)
      .optional()
      .openapi({ description: "CESQL over the event, or over the document's fields" }),
    input: AnyJson.optional().openapi({ description: "Of map: its input" }),
    with: z
      .custom<object>(isObject, "must be a JSON object")
      .openapi({ type: "object", description: "Of decorate: the step's options" })
      .optional(),
  })
  .refine(
    ({ pipeline, topic, collection }) =>
      [pipeline, topic, collection].filter((each) => each !== undefined).length <= 1,
    "takes one of pipeline, topic and collection",
  )
  .refine(({ collection, kind }) => collection !== undefined || kind === undefined || kind === "decorate", {
    path: ["kind"],
    message: "of events is decorate; others take documents: name a collection",
  });

export function functionComparisonRoutes(app: OpenAPIHono<App>): void {
  route(
    app,
    {
      method: "post",
      path: "/v1/functions/{function}/compare",
      summary: "Compare two versions of a function",
      description:
        "Runs recent events, kept by pipelines with `keep`, or documents of a collection through both versions. Nothing is delivered. The answer " +
        "has the differences, errors and time of each; it is of what was compared within 20 s.",
      tag: "Functions",
      scope: ["functions:write", "documents:read", "topics:read"],
      params: FunctionParams,
      body: ComparisonBody,
      example: {
        versions: ["0f3c9a1be2d45678", "c04d71e2aa9b8f30"],
        topic: "orders",
        filter: "data.quantity > 1",
      },
      responses: {
        200: {
          description: "What differs",
          content: { "application/json": { schema: ComparisonAnswer } },
        },
      },
    },
    async (c, { params, body }) => {
      const name = params.function;
      const { versions, with: options, ...which } = body;
      const summaries = await Promise.all(versions.map((version) => summaryOf(c.env, name, version)));
      const kind = kindOf(summaries, which.collection === undefined ? ["decorate"] : KINDS, which.kind);
      const answer = await compareOverItems(c, { name, versions, ...which, kind, options });
      return c.json({ function: name, kind, ...answer, tookMs: Date.now() - c.var.startedAt });
    },
  );
}

async function summaryOf(env: RootEnv, name: string, version: string): Promise<FunctionSummary> {
  const summary = await env.CATALOG.getFunctionSummary(name, version);
  if (summary !== null) return summary;
  if ((await env.CATALOG.getFunctionSummary(name)) === null) {
    throw new Problem("unknown-function", `There is no function "${name}".`);
  }
  throw new Problem("unknown-version", `There is no version ${version} of "${name}".`);
}

/** What both versions have, and is meant. */
function kindOf(
  summaries: readonly FunctionSummary[],
  possible: readonly ComparedKind[],
  wanted: ComparedKind | undefined,
): ComparedKind {
  const both = possible.filter((kind) => summaries.every(({ kinds }) => kinds.includes(kind)));
  const kind = wanted === undefined ? both[0] : both.find((each) => each === wanted);
  if (kind !== undefined) return kind;
  const which = (wanted === undefined ? possible : [wanted]).map((each) => `\`${each}\``).join(" or ");
  throw new Problem("function-lacks-kind", `Not both versions export ${which}.`);
}
