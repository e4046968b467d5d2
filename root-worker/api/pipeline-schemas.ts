/** What a pipeline's declaration may hold, and what is answered of one. */
import { z } from "@hono/zod-openapi";
import {
  ON_ERROR,
  PIPELINE_EXAMPLES_MAX,
  PIPELINE_SINKS_MAX,
  PIPELINE_STEPS_MAX,
  RETRY_ATTEMPTS_MAX,
  RETRY_DELAY_MAX_MS,
  type PipelineSpec,
} from "../../core/contracts/pipelines.ts";
import { isObject } from "../../core/document/values.ts";
import { defined } from "../defined.ts";
import { Name } from "./names.ts";

export const PipelineParams = z.strictObject({
  pipeline: Name.openapi({ param: { name: "pipeline", in: "path" }, example: "orders" }),
});

const Step = z.strictObject({
  use: z.string().openapi({ description: "The decorator's name" }),
  with: z.record(z.string(), z.unknown()).optional().openapi({ description: "The decorator's options" }),
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

const Sink = z.union([z.strictObject({ collection: Name }), z.strictObject({ topic: Name })]);

export const PipelineBody = z
  .strictObject({
    topic: Name,
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

export const PipelineAnswer = PipelineBody.extend({
  name: z.string(),
  version: z.number().int(),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
  restores: z.number().int().optional().openapi({ description: "The version that this one brought back" }),
}).openapi("Pipeline");

/** zod's optional properties may hold undefined; a declaration's may not. */
export function toSpec({ steps, retry, ...others }: z.output<typeof PipelineBody>): PipelineSpec {
  return defined({
    ...others,
    steps: steps.map((step) => defined(step)),
    retry: retry === undefined ? undefined : defined(retry),
  });
}
