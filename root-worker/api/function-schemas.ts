/** What an uploaded function may hold, and what is answered of one. */
import { z } from "@hono/zod-openapi";
import type { JsonValue } from "../../core/cloudevents/event.ts";
import { FUNCTION_EXAMPLES_MAX, FUNCTION_KINDS, FUNCTION_MAIN } from "../../core/contracts/functions.ts";
import { isObject } from "../../core/document/values.ts";
import { FUNCTION_VERSION_PATTERN } from "../../core/functions/reference.ts";
import { Name } from "./names.ts";

export const FunctionParams = z.strictObject({
  function: Name.openapi({ param: { name: "function", in: "path" }, example: "language" }),
});

export const Version = z
  .string()
  .regex(FUNCTION_VERSION_PATTERN, "is a version's 16 hexadecimal digits")
  .openapi({ example: "0f3c9a1be2d45678" });

const AnyObject = (message: string) => z.custom<object>(isObject, message).openapi({ type: "object" });

/** Any JSON value; a body came as JSON, so that whatever is there is one. */
export const AnyJson = z
  .custom<JsonValue>((value) => value !== undefined, "is missing")
  .openapi("JsonValue", {
    type: ["object", "array", "string", "number", "boolean", "null"],
    description: "Any JSON value",
  });

const DecorateExample = z.strictObject({
  given: AnyObject("must be an event or its data").openapi({
    description: "An event, of which attributes may be left out; or data alone",
  }),
  with: AnyObject("must be an object")
    .optional()
    .openapi({ description: "The step's options: `context.options`" }),
  expect: z.union([
    z.null(),
    z.array(AnyObject("must be an event or its data")),
    AnyObject("must be an event, its data, a list of those, or null"),
  ]),
});

const ReduceExample = z.strictObject({
  documents: z.array(AnyObject("must be a document")).min(1, "needs a document").max(100),
  input: AnyJson.optional(),
  expect: AnyJson,
});

const HandleExample = z.strictObject({ input: AnyJson, expect: AnyJson });

const Example = z.union([DecorateExample, ReduceExample, HandleExample]).openapi({
  description:
    "What the function does, told before it does anything: `{given, expect}` of decorate, `{documents, input?, expect}` of map and " +
    "reduce (which have to give the same for any grouping of the documents), `{input, expect}` of handle. `expect: {rejects: …}` is an error that says so",
});

export const FunctionBody = z
  .strictObject({
    modules: z
      .record(z.string(), z.string())
      .refine((modules) => Object.keys(modules).length > 0, "needs a module")
      .openapi({ description: "ES modules by their paths" }),
    main: z.string().default(FUNCTION_MAIN).openapi({
      description: "The module that exports `decorate`, `map` and `reduce`, or `handle`",
    }),
    examples: z
      .array(Example)
      .max(FUNCTION_EXAMPLES_MAX, `a function has at most ${FUNCTION_EXAMPLES_MAX} examples`)
      .optional(),
  })
  .openapi("FunctionUpload", {
    example: {
      modules: { "index.js": "export function handle({ name }) { return `Hello, ${name}`; }" },
      examples: [{ input: { name: "Ada" }, expect: "Hello, Ada" }],
    },
  });

export const Fitness = z
  .object({
    verdict: z.enum(["fit", "heavy", "unmeasured"]).openapi({
      description: "Whether it suits an edge; `unmeasured` where it has no examples to run",
    }),
    reasons: z.array(z.string()),
    stepsMax: z
      .number()
      .int()
      .optional()
      .openapi({ description: "Loop turns and calls, of its costliest call" }),
    callMs: z.number().optional().openapi({ description: "A call's time from outside, the median" }),
  })
  .openapi("FunctionFitness");

export const FunctionSummaryAnswer = z
  .object({
    name: z.string(),
    version: Version,
    main: z.string(),
    kinds: z.array(z.enum(FUNCTION_KINDS)),
    codeBytes: z.number().int(),
    moduleCount: z.number().int(),
    fitness: Fitness,
    createdAt: z.iso.datetime(),
    activatedAt: z.iso.datetime().openapi({ description: "When it last became the current version" }),
    current: z.boolean(),
  })
  .openapi("FunctionSummary");

export const FunctionVersionAnswer = FunctionSummaryAnswer.extend({
  uses: z
    .array(
      z.object({
        kind: z.enum(FUNCTION_KINDS),
        calls: z.number().int().openapi({ description: "A batch of events is one" }),
        items: z.number().int().openapi({ description: "Events, documents, inputs" }),
        errors: z.number().int().openapi({ description: "Items that came to one, rejections included" }),
        ms: z.number().int().openapi({ description: "As callers waited for them, all calls together" }),
        firstAt: z.iso.datetime(),
        lastAt: z.iso.datetime(),
      }),
    )
    .openapi({ description: "What it was used for, until a few seconds ago" }),
}).openapi("FunctionVersion");

export const FunctionAnswer = FunctionSummaryAnswer.extend({
  modules: z.record(z.string(), z.string()).openapi({ description: "The code, as it was uploaded" }),
  examples: z.array(Example),
}).openapi("Function");

export const InvokeBody = z.strictObject({
  input: AnyJson.optional(),
  version: Version.optional().openapi({ description: "Another version than the current" }),
});

export const InvokeAnswer = z
  .object({
    result: AnyJson,
    version: Version,
    steps: z.number().int().openapi({ description: "Loop turns and calls" }),
    tookMs: z.number(),
  })
  .openapi("FunctionInvocation");
