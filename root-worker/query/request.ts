/** What a search may ask and what it answers, as schemas: they validate, and they are the documentation. */
import { z } from "@hono/zod-openapi";
import { DEADLINE_MS_DEFAULT, DEADLINE_MS_MAX } from "../../core/deadlines.ts";

export const LIMIT_MAX = 1_000;
const DEADLINE_MESSAGE = `must be from 1 to ${DEADLINE_MS_MAX} milliseconds`;
const FACETS_MAX = 32;
const RANGES_MAX = 100;

const FieldList = z.array(z.string().min(1)).max(64);

const FacetSpec = z
  .strictObject({
    limit: z.int().min(1).max(LIMIT_MAX).optional(),
    interval: z.union([z.number().positive(), z.enum(["year", "month", "day"])]).optional(),
    ranges: z
      .array(z.number())
      .min(1)
      .max(RANGES_MAX)
      .refine((ranges) => ranges.every((from, index) => from > (ranges[index - 1] ?? -Infinity)), "must rise")
      .optional(),
  })
  .refine((spec) => Object.keys(spec).length <= 1, "takes one of limit, interval and ranges");

const AggregationSpec = z
  .strictObject({
    min: z.string().optional(),
    max: z.string().optional(),
    sum: z.string().optional(),
    avg: z.string().optional(),
    count: z.string().optional(),
    distinct: z.string().optional(),
    percentiles: z.string().optional(),
    at: z.array(z.number()).optional().openapi({ description: "Percentages from 0 to 100, for percentiles" }),
    by: z.string().optional().openapi({ description: "A group for each value of this field" }),
    limit: z.int().min(1).optional().openapi({ description: "The groups that are answered" }),
  })
  .openapi("Aggregation", {
    description: "One of min, max, sum, avg, count, distinct and percentiles, of a field",
  });

export const SearchRequest = z
  .strictObject({
    q: z
      .string()
      .max(8_192)
      .optional()
      .openapi({ description: 'Words, "a phrase", prefix*, +must, -not, title:word', example: "godfather" }),
    operator: z.enum(["or", "and"]).default("or"),
    fields: FieldList.optional().openapi({ description: "Text fields to search; all when absent" }),
    filter: z.string().max(8_192).optional().openapi({
      description: "CESQL over the document's fields",
      example: "year >= 1990 AND genre = 'Drama'",
    }),
    sort: z
      .array(z.string().regex(/^-?[A-Za-z_][\w.-]*$/, "must be a field, with - before it for descending"))
      .max(8)
      .optional()
      .openapi({
        example: ["-year", "title"],
        description: "Fields, `id` or `_score`; by score when absent",
      }),
    limit: z.int().min(0).max(LIMIT_MAX).default(10),
    cursor: z.string().optional(),
    facets: z
      .union([FieldList, z.record(z.string(), FacetSpec)])
      .refine((facets) => Object.keys(facets).length <= FACETS_MAX, `at most ${FACETS_MAX} facets`)
      .optional()
      .openapi({ example: { genre: { limit: 5 }, year: { interval: 10 } } }),
    aggregations: z
      .record(z.string().min(1).max(64), AggregationSpec)
      .optional()
      .openapi({
        example: {
          averageRating: { avg: "rating" },
          votes: { percentiles: "votes", at: [50, 99] },
          byGenre: { sum: "gross", by: "genre" },
        },
      }),
    select: FieldList.optional(),
    highlight: FieldList.optional(),
    routing: z.string().min(1).max(256).optional().openapi({
      description:
        "Searches the one shard on which ids with this routing key are: what stands before `!` in an id, else the whole id",
      example: "acme",
    }),
    bookmark: z
      .string()
      .optional()
      .openapi({ description: "What a write answered: the search sees at least that" }),
    deadlineMs: z
      .int()
      .min(1, DEADLINE_MESSAGE)
      .max(DEADLINE_MS_MAX, DEADLINE_MESSAGE)
      .default(DEADLINE_MS_DEFAULT),
    partial: z.enum(["forbid", "allow"]).default("forbid"),
    explain: z.boolean().default(false),
  })
  .openapi("SearchRequest");

export type SearchRequest = z.output<typeof SearchRequest>;

/** The same names as query parameters. */
export const SearchQuery = z.strictObject(
  Object.fromEntries(Object.keys(SearchRequest.shape).map((name) => [name, z.string().optional()])),
);

const Part = z
  .enum(["terms"])
  .optional()
  .openapi({ description: "A term leaf, which is numbered as shards are; absent: a document leaf" });

const Leaf = z.object({
  shard: z.number().int(),
  part: Part,
  code: z.string(),
  detail: z.string().optional(),
});

const LeafRow = z
  .looseObject({
    shard: z.int(),
    replica: z.int().openapi({ description: "The one that answered, or was asked last" }),
    attempts: z.array(
      z.object({
        replica: z.int(),
        kind: z.enum(["first", "canary", "hedge", "retry"]),
        startMs: z.number(),
        endMs: z.number(),
        state: z.enum(["answered", "failed", "abandoned", "pending"]),
        code: z.string().optional(),
      }),
    ),
    startMs: z.number(),
    endMs: z.number(),
    documents: z.int().openapi({ description: "That the leaf holds" }),
    rowsRead: z.int(),
    mapped: z.int().optional().openapi({ description: "Documents that a function was handed" }),
    functionCalls: z.int().optional(),
    failed: z.string().optional(),
    part: Part,
    bytes: z
      .int()
      .optional()
      .openapi({ description: "What the leaf was sent and has answered, where counted" }),
  })
  .openapi({ description: "How the question to one shard fared; times are from the branch's start" });

const figure = {
  value: z.union([z.number(), z.string(), z.null()]).optional(),
  values: z.record(z.string(), z.union([z.number(), z.string(), z.null()])).optional(),
  count: z.number().int(),
  exact: z.boolean().optional(),
  relativeError: z.number().optional(),
};
const Figure = z.object(figure);
const Groups = z.object({
  buckets: z.array(
    z.looseObject({ value: z.union([z.string(), z.number(), z.boolean()]), count: z.number().int() }),
  ),
  exact: z.boolean(),
  errorBound: z.number().int(),
});

export const SearchAnswer = z
  .object({
    hits: z.array(
      z.object({
        id: z.string(),
        score: z.number(),
        document: z.record(z.string(), z.unknown()),
        highlights: z.record(z.string(), z.array(z.string())).optional(),
      }),
    ),
    total: z.object({ count: z.number().int(), exact: z.boolean() }),
    cursor: z.string().optional(),
    facets: z
      .record(
        z.string(),
        z.object({
          buckets: z.array(
            z.object({
              value: z.union([z.string(), z.number(), z.boolean()]),
              to: z.number().optional(),
              count: z.number().int(),
            }),
          ),
          exact: z.boolean(),
          errorBound: z.number().int(),
        }),
      )
      .optional()
      .openapi({
        description:
          "`exact`: all documents are counted. `errorBound` is of the counts in the documents that `coverage` is of",
      }),
    aggregations: z
      .record(z.string(), z.union([Figure, Groups]))
      .optional()
      .openapi({
        description:
          "A figure, or with `by` a bucket each for the groups; what is not exact states its bound, the same for any number of shards",
      }),
    leaves: z.object({
      total: z.number().int(),
      answered: z.number().int(),
      failed: z.array(Leaf),
      hedged: z.number().int(),
      retried: z.number().int(),
      skipped: z.number().int(),
      secondWave: z.number().int(),
    }),
    coverage: z.number(),
    ranking: z.enum(["exact", "bounded"]),
    cost: z.object({
      doRequests: z.number().int(),
      rowsRead: z.number().int(),
      rowsWritten: z.number().int(),
      functionCalls: z.number().int().optional().openapi({ description: "Where a function ran" }),
      usd: z.number(),
      bytesMoved: z
        .int()
        .optional()
        .openapi({ description: "Between leaves and those that asked them, in the layout terms" }),
    }),
    tookMs: z.number(),
    explain: z.array(LeafRow).optional(),
  })
  .openapi("SearchAnswer");

export type SearchAnswer = z.output<typeof SearchAnswer>;
