/** What a plan may be asked for and what it answers, as schemas. */
import { z } from "@hono/zod-openapi";
import { REPLICAS_MAX, SHARDS_MAX } from "../../core/collection.ts";
import { Name } from "../api/names.ts";

/** An hour: whoever's leaf takes longer has no search. */
const MS_MAX = 3_600_000;
const SHAPES_MAX = 24;

const SHARE_MESSAGE = "is a share from 0 to 1: 0.01 is once in a hundred";
const Share = z.number().min(0, SHARE_MESSAGE).max(1, SHARE_MESSAGE);
const Ms = z.number().max(MS_MAX, "is in milliseconds, at most an hour");

const LeafLatency = z
  .strictObject({
    p50: Ms.positive("must be above 0"),
    p99: Ms.positive("must be above 0"),
    floor: Ms.min(0, "must not be below 0").optional().openapi({
      description:
        "What no call is below, such as the way there and back; what is above it is taken to be log-normal",
    }),
  })
  .refine(({ p50, p99 }) => p99 >= p50, {
    path: ["p99"],
    message: "must be at least p50: 99 calls of 100 can't be faster than 50 of them",
  })
  .refine(({ p50, floor = 0 }) => floor < p50, { path: ["floor"], message: "must be below p50" });

const Target = z
  .strictObject({
    overMs: Ms.positive("must be above 0").optional(),
    share: z
      .number()
      .gt(0, "must be above 0: no number of leaves is never late")
      .lt(1, "must be below 1")
      .optional()
      .openapi({
        description: "The share of the answers that may take longer than overMs; 0.01 when absent",
      }),
    availability: z
      .number()
      .gt(0, "must be above 0")
      .lt(1, "must be below 1: 0.999 is what 999 searches of 1,000 get, and nothing gives all")
      .optional(),
    usdAMillion: z.number().positive("must be above 0").optional(),
  })
  .refine(
    ({ overMs, availability, usdAMillion }) => (overMs ?? availability ?? usdAMillion) !== undefined,
    "needs one of overMs, availability and usdAMillion, or there is nothing to meet",
  )
  .refine(({ overMs, share }) => share === undefined || overMs !== undefined, {
    path: ["share"],
    message: "is the share of the answers over overMs, and needs that",
  });

const list = (max: number) => z.array(z.int().min(1).max(max)).min(1).max(SHAPES_MAX);

export const PlannerRequest = z
  .strictObject({
    leafLatencyMs: LeafLatency.optional(),
    leafFailure: Share.optional().openapi({ description: "The share of the calls to a leaf that fail" }),
    overheadMs: z.number().min(0, "must not be below 0").max(MS_MAX).optional().openapi({
      description: "What each further leaf costs a search, whatever it holds",
    }),
    documents: z.int().min(1).max(1e12).optional().openapi({ description: "Of the collection" }),
    documentsALeaf: z.int().min(1).max(1e12).optional().openapi({
      description: "How many a leaf held whose latency this is; all of them when absent",
    }),
    workMs: z.number().min(0, "must not be below 0").optional().openapi({
      description: "What of the median goes with a leaf's documents; by default 10 ms a million of them",
    }),
    failures: z.enum(["replicas", "calls"]).optional().openapi({
      description:
        "`replicas` (default): one that fails goes on failing; `calls`: the same one may answer when it is asked again",
    }),
    collection: Name.optional().openapi({
      description: "Whose measured figures to plan by, instead of given ones",
    }),
    target: Target.optional(),
    leaves: list(SHARDS_MAX).optional().openapi({ description: "Numbers of leaves to look at" }),
    replicas: list(REPLICAS_MAX)
      .optional()
      .openapi({ description: "Numbers of replicas; 1, 2 and 3 when absent" }),
  })
  .openapi("PlannerRequest", {
    example: {
      leafLatencyMs: { p50: 20, p99: 2_000 },
      leafFailure: 0.01,
      overheadMs: 0.1,
      leaves: [5, 100],
      target: { overMs: 2_000, availability: 0.99 },
    },
  });

export type PlannerRequest = z.output<typeof PlannerRequest>;

const Quantiles = z.object({ p50: z.number(), p95: z.number(), p99: z.number() });

export const PlannerAnswer = z
  .object({
    basis: z.looseObject({
      leafLatencyMs: z.object({ p50: z.number(), p99: z.number() }),
      leafFailure: z.number(),
      overheadMs: z.number(),
      calls: z.int().optional().openapi({ description: "Measured ones that the figures stand on" }),
    }),
    options: z.array(
      z.object({
        leaves: z.int(),
        replicas: z.int(),
        hedging: z.boolean(),
        documentsALeaf: z.int().optional(),
        latencyMs: Quantiles.openapi({
          description: "Of whole searches: the slowest of the leaves, and their overhead",
        }),
        over: z
          .object({ ms: z.number(), anyLeaf: z.number(), answer: z.number() })
          .openapi({ description: "Shares of the answers: a leaf takes longer than ms, or the whole does" }),
        failing: z.number(),
        availability: z.number(),
        calls: z.number().openapi({ description: "Calls to leaves for each that is needed" }),
        usdAMillion: z.number(),
      }),
    ),
    choice: z.object({
      leaves: z.int(),
      replicas: z.int(),
      hedging: z.boolean(),
      meetsTarget: z.boolean(),
      reason: z.string(),
    }),
  })
  .openapi("Plan");

export type PlannerAnswer = z.output<typeof PlannerAnswer>;
