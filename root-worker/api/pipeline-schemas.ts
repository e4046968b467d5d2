/** What a pipeline's declaration may hold, and what is answered of one. */
import { z } from "@hono/zod-openapi";
import {
  ADDRESSEES_MAX,
  ON_ERROR,
  ORDER_BY,
  PIPELINE_EXAMPLES_MAX,
  PIPELINE_SINKS_MAX,
  PIPELINE_STEPS_MAX,
  RETRY_ATTEMPTS_MAX,
  RETRY_DELAY_MAX_MS,
  type PipelineSpec,
} from "../../core/contracts/pipelines.ts";
import { isObject } from "../../core/document/values.ts";
import { defined } from "../defined.ts";
import { AnyTopic, Name } from "./names.ts";

export const PipelineParams = z.strictObject({
  pipeline: Name.openapi({ param: { name: "pipeline", in: "path" }, example: "orders" }),
});

const Step = z.strictObject({
  use: z.string().openapi({
    description:
      "The decorator's name; or a function: `function:name` in its current version, `function:name@version`",
  }),
  with: z
    .record(z.string(), z.unknown())
    .optional()
    .openapi({ description: "The decorator's options; a function finds them in `context.options`" }),
  split: z
    .record(z.string(), z.number())
    .optional()
    .openapi({
      description:
        "Of a function: percents by version, which total 100. An event meets the same version in every run and replay",
      example: { "1f6a0c2d9b3e4f58": 95, c04d71e2aa9b8f30: 5 },
    }),
  onError: z.enum(ON_ERROR).optional().openapi({
    description:
      "What an error does to the event: `retry` (default; a rejection is final), `dead` at once, or `continue` without the step",
  }),
});

const Retry = z
  .strictObject({
    attempts: z.int().min(1).max(RETRY_ATTEMPTS_MAX).optional(),
    firstDelayMs: z.int().min(1).max(RETRY_DELAY_MAX_MS).optional(),
    maxDelayMs: z.int().min(1).max(RETRY_DELAY_MAX_MS).optional(),
  })
  .openapi({
    description:
      "How events that failed are tried again; by default 12 runs, 1 s after the first, twice as long after each, at most 10 min",
  });

const anyObject = (message: string) => z.custom<object>(isObject, message).openapi({ type: "object" });

const Example = z
  .strictObject({
    given: anyObject("must be an event or its data").openapi({
      description: "An event, of which attributes may be left out; or data alone",
    }),
    expect: z.union([
      z.null(),
      z.array(anyObject("must be an event or its data")),
      anyObject("must be an event, its data, a list of those, or null"),
    ]),
  })
  .openapi({
    description:
      "What the pipeline does, told before it does anything. `expect` is the event or data, a list of several, null for nothing, or `{rejects: …}` for an error",
  });

const Webhook = z
  .strictObject({
    url: z.string().openapi({ example: "https://example.com/hooks" }),
    secret: z.string().optional().openapi({
      description:
        "`whsec_` and 24 to 64 bytes in base64. Absent: the one that the URL has had, or a new one, which is in the answer this once",
    }),
    timeoutMs: z.int().min(100).max(30_000).optional(),
    retryDelaysMs: z.array(z.int().min(10).max(RETRY_DELAY_MAX_MS)).min(1).max(20).optional().openapi({
      description: "The waits after each failure; by default Standard Webhooks' schedule, over three days",
    }),
    reply: z
      .literal(true)
      .optional()
      .openapi({ description: "Its answer is that of an invocation: the webhook is an upstream" }),
  })
  .openapi({ description: "A receiver by Standard Webhooks" });

/** An address, or the one place of the event that has it. */
const Addressee = z
  .string()
  .max(254)
  .regex(
    /^(?:[^\s@<>",;:\\]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}|\{[A-Za-z][\w.-]*\})$/,
    "must be an e-mail address, or a place of the event such as {data.email}",
  );

const Email = z
  .strictObject({
    to: z.union([
      Addressee.transform((addressee) => [addressee]),
      z.array(Addressee).min(1).max(ADDRESSEES_MAX),
    ]),
    subject: z.string().max(200).optional(),
    text: z.string().max(10_000).optional(),
    once: z
      .literal(true)
      .optional()
      .openapi({ description: "At most once for each event, also when it is replayed; else at least once" }),
  })
  .openapi({
    description:
      "`subject` and `text` may hold places of the event in braces: `{data.name}`; an element of `to` may be one. Where no e-mail can be sent, it is kept in the collection `_mailbox`",
  });

const Sink = z.union([
  z.strictObject({
    collection: Name,
    orderBy: z.enum(ORDER_BY).optional().openapi({
      description:
        "Which of two events is the newer, where both write a document: the one accepted later (default), or the one whose own `time` is later",
    }),
  }),
  z.strictObject({ topic: Name }),
  z.strictObject({ webhook: Webhook }),
  z.strictObject({ email: Email }),
  z.strictObject({ reply: z.literal(true) }),
]);

const SinkStateAnswer = z
  .object({
    index: z.number().int().openapi({ description: "Its place in `deliver`" }),
    state: z.enum(["active", "paused", "disabled"]),
    since: z.iso.datetime(),
    failures: z.number().int().openapi({ description: "In a row" }),
    error: z.string().optional(),
    probeAt: z.iso.datetime().optional().openapi({ description: "When it is tried next" }),
  })
  .openapi("SinkState");

export const PipelineBody = z
  .strictObject({
    topic: AnyTopic,
    filter: z.string().optional().openapi({ description: "CESQL over the event; absent: every event" }),
    steps: z
      .array(Step)
      .max(PIPELINE_STEPS_MAX, `a pipeline has at most ${PIPELINE_STEPS_MAX} steps`)
      .default([]),
    retry: Retry.optional(),
    deliver: z
      .array(Sink)
      .min(1, "names at least one sink")
      .max(PIPELINE_SINKS_MAX, `a pipeline has at most ${PIPELINE_SINKS_MAX} sinks`),
    keep: z
      .boolean()
      .optional()
      .openapi({ description: "Whether delivered events are kept in the collection `_events`" }),
    examples: z
      .array(Example)
      .max(PIPELINE_EXAMPLES_MAX, `a pipeline has at most ${PIPELINE_EXAMPLES_MAX} examples`)
      .optional(),
  })
  .openapi("PipelineDeclaration", {
    example: {
      topic: "orders",
      steps: [{ use: "defaults", with: { status: "new" } }],
      deliver: [{ collection: "orders" }],
      examples: [{ given: { item: "lamp" }, expect: { item: "lamp", status: "new" } }],
    },
  });

/** Its fields anew rather than an extension: the declaration takes no others, and neither would an `allOf` of it. */
export const PipelineAnswer = z
  .object({
    ...PipelineBody.shape,
    name: z.string(),
    version: z.number().int(),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
    sinks: z
      .array(SinkStateAnswer)
      .optional()
      .openapi({ description: "How its webhooks fare, of those of which anything is known" }),
    overBudget: z
      .literal(true)
      .optional()
      .openapi({ description: "It has used up its budget for today (UTC): its events wait in their topic" }),
    restores: z.number().int().optional().openapi({ description: "The version that this one brought back" }),
  })
  .openapi("Pipeline");

/** zod's optional properties may hold undefined; a declaration's may not. */
export function toSpec({ steps, retry, deliver, ...others }: z.output<typeof PipelineBody>): PipelineSpec {
  return defined({
    ...others,
    deliver: deliver.map(toSink),
    steps: steps.map((step) => defined(step)),
    retry: retry === undefined ? undefined : defined(retry),
  });
}

function toSink(sink: z.output<typeof Sink>): PipelineSpec["deliver"][number] {
  if ("webhook" in sink) return { webhook: defined(sink.webhook) };
  if ("email" in sink) return { email: defined(sink.email) };
  return "collection" in sink ? defined(sink) : sink;
}
