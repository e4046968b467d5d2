/** Collections: declared, looked at, deleted. */
import { z, type OpenAPIHono } from "@hono/zod-openapi";
import type { Context } from "hono";
import { LANGUAGES } from "../../core/analysis/stem.ts";
import {
  FIELDS_MAX,
  LAYOUTS,
  REPLICA_LEAVES_MAX,
  REPLICAS_MAX,
  SHARDS_DEFAULT,
  SHARDS_MAX,
  TERM_SHARDS_MAX,
  refOf,
  type Collection,
  type CollectionSpec,
  type Fields,
} from "../../core/collection.ts";
import type { BranchApi } from "../../core/contracts/branch.ts";
import type { Purge } from "../../core/contracts/catalog.ts";
import { REPLICA_STATES, type ShardStats } from "../../core/contracts/documents.ts";
import { isStale } from "../../core/document/write-operations.ts";
import type { FieldError, Result } from "../../core/errors.ts";
import { FIELD_PATTERN } from "../../core/names.ts";
import { forgetCollection, refreshCollection, rememberCollection } from "../catalog-cache.ts";
import type { App } from "../app.ts";
import { defined } from "../defined.ts";
import { Problem } from "../problem.ts";
import { maySee } from "../keys/grant.ts";
import { byBranch, shardsOf } from "../query/branches.ts";
import { route } from "../route.ts";
import { describeReshard, ReshardAnswer } from "./reshard.ts";
import { CollectionParams, Name, ReadCollectionParams } from "./names.ts";

/** Figures are read seldom, and a leaf may have to wake up for them. */
const STATS_DEADLINE_MS = 10_000;

/** Changes of the collection that may come between its declaration and its figures: one is resharded in three. */
const DESCRIBE_RETRIES_MAX = 3;

const Field = z
  .strictObject({
    type: z.enum(["text", "keyword", "number", "date", "boolean"]),
    boost: z.number().positive().max(1_000).optional().openapi({
      description:
        "How much a match in this text field counts against the others. Where no field has one, matches in shorter fields count more",
    }),
    language: z.enum(LANGUAGES).optional(),
  })
  .refine((field) => field.type === "text" || (field.boost === undefined && field.language === undefined), {
    message: "boost and language belong to text fields",
  });

const CollectionBody = z
  .strictObject({
    layout: z.enum(LAYOUTS).default("documents"),
    shards: z.int().min(1).max(SHARDS_MAX).optional().openapi({
      default: SHARDS_DEFAULT,
      description:
        "Absent: as many as there are, or 4 of a new collection. In the layout `replicas` each leaf has all documents: there are as many as shards times replicas, and it may change",
    }),
    replicas: z.int().min(1).max(REPLICA_LEAVES_MAX).default(1),
    pipeline: Name.optional().openapi({
      description: "The pipeline whose steps documents go through before they are stored",
    }),
    searchPipeline: Name.optional().openapi({
      description: "The pipeline whose steps searches go through before they are run",
    }),
    fields: z
      .record(
        z
          .string()
          .regex(FIELD_PATTERN, "must be letters, digits, _ and -, with dots between the steps of a path"),
        Field,
      )
      .refine(
        (fields) => Object.keys(fields).length <= FIELDS_MAX,
        `at most ${FIELDS_MAX} fields are declared`,
      )
      .refine((fields) => !("id" in fields), "id is the document's own and is not declared"),
  })
  .refine(({ layout, replicas }) => layout === "replicas" || replicas <= REPLICAS_MAX, {
    path: ["replicas"],
    message: `must be at most ${REPLICAS_MAX}`,
  })
  .refine(
    ({ layout, shards = 1, replicas }) => layout !== "replicas" || shards * replicas <= REPLICA_LEAVES_MAX,
    {
      path: ["shards"],
      message: `makes more than ${REPLICA_LEAVES_MAX} leaves of all documents, each of which gets every write; "documents" divides them`,
    },
  )
  .refine(({ layout, shards = SHARDS_DEFAULT }) => layout !== "terms" || shards <= TERM_SHARDS_MAX, {
    message: `at most ${TERM_SHARDS_MAX} in the layout terms, whose leaves follow all shards each`,
    path: ["shards"],
  })
  .openapi("CollectionDeclaration");

const Stats = z.object({
  documents: z.number().int(),
  bytes: z.number().int(),
  shards: z.array(
    z.object({
      shard: z.number().int(),
      documents: z.number().int(),
      bytes: z.number().int(),
      sequence: z.number().int(),
      replicas: z.array(
        z.object({ replica: z.number().int(), sequence: z.number().int(), state: z.enum(REPLICA_STATES) }),
      ),
    }),
  ),
});

/** In the layout `terms`. */
const TermStats = z.array(z.object({ leaf: z.int(), bytes: z.int(), sequences: z.array(z.int()) })).openapi({
  description:
    "Term leaves, each with the sequence up to which it has followed each shard; none: it did not answer",
});

const CollectionAnswer = z
  .object({
    name: z.string(),
    layout: z.enum(LAYOUTS),
    shards: z.number().int(),
    replicas: z.number().int(),
    fields: z.record(z.string(), Field),
    pipeline: z.string().optional(),
    searchPipeline: z.string().optional(),
    epoch: z.number().int(),
    createdAt: z.iso.datetime(),
    reshard: ReshardAnswer.optional().openapi({ description: "Its latest change of its number of shards" }),
    stats: Stats.extend({ terms: TermStats.optional() }),
  })
  .openapi("Collection");

const answers = (description: string) => ({
  description,
  content: { "application/json": { schema: CollectionAnswer } },
});

export function collectionRoutes(app: OpenAPIHono<App>): void {
  changeRoutes(app);
  readRoutes(app);
}

function changeRoutes(app: OpenAPIHono<App>): void {
  route(
    app,
    {
      method: "put",
      path: "/v1/collections/{collection}",
      summary: "Declare a collection",
      description:
        "Boosts and the number of replicas may change and fields may be added; another layout or number of shards is a conflict (what is there has as many as it has where none is named), except that the layout `replicas` has any number of leaves.",
      tag: "Collections",
      scope: "collections:write",
      params: CollectionParams,
      body: CollectionBody,
      example: {
        shards: 2,
        fields: {
          title: { type: "text", boost: 2, language: "english" },
          genre: { type: "keyword" },
          year: { type: "number" },
        },
      },
      responses: { 200: answers("It was there, or has changed"), 201: answers("It was made") },
    },
    async (c, { params, body }) => {
      await checkPipelines(c, body);
      const answer = await c.env.CATALOG.putCollection(params.collection, toSpec(body), {
        shardsAssumed: body.shards === undefined,
      });
      if (!answer.ok) throw Problem.from(answer);
      rememberCollection(answer.collection);
      if (answer.purge !== undefined) await purge(c, answer.purge);
      return c.json(await describe(c, answer.collection), answer.created ? 201 : 200);
    },
  );

  route(
    app,
    {
      method: "delete",
      path: "/v1/collections/{collection}",
      summary: "Delete a collection with all its documents",
      tag: "Collections",
      scope: "collections:write",
      params: CollectionParams,
      responses: { 204: { description: "It is gone" } },
    },
    async (c, { params }) => {
      forgetCollection(params.collection);
      const answer = await c.env.CATALOG.deleteCollection(params.collection);
      if (!answer.ok) throw Problem.from(answer);
      await purge(c, answer.purge);
      if (answer.building !== undefined) await purge(c, answer.building);
      return c.body(null, 204);
    },
  );
}

function readRoutes(app: OpenAPIHono<App>): void {
  route(
    app,
    {
      method: "get",
      path: "/v1/collections",
      summary: "All collections with their figures",
      tag: "Collections",
      scope: "collections:read",
      narrows: true,
      responses: {
        200: {
          description: "By name",
          content: { "application/json": { schema: z.object({ collections: z.array(CollectionAnswer) }) } },
        },
      },
    },
    async (c) => {
      const collections = await c.env.CATALOG.listCollections();
      const described: object[] = [];
      // One after the other: each asks all its leaves.
      for (const collection of collections.filter(({ name }) => maySee(c.var.grant, name)))
        described.push(...(await describeIfThere(c, collection)));
      return c.json({ collections: described });
    },
  );

  route(
    app,
    {
      method: "get",
      path: "/v1/collections/{collection}",
      summary: "A collection with its figures",
      tag: "Collections",
      scope: "collections:read",
      params: ReadCollectionParams,
      responses: { 200: answers("The declaration, and what each shard holds") },
    },
    async (c, { params }) => {
      const collection = await refreshCollection(c.env.CATALOG, params.collection);
      if (collection === null) throw unknownCollection(params.collection);
      const resharding = await c.env.CATALOG.getReshard(params.collection);
      const described = await describe(c, collection);
      return c.json({ ...described, ...(resharding && { reshard: describeReshard(resharding) }) });
    },
  );
}

function unknownCollection(name: string): Problem {
  return new Problem("unknown-collection", `There is no collection "${name}".`);
}

/** zod's optional properties may hold undefined; a declaration's may not. */
function toSpec(body: z.output<typeof CollectionBody>): CollectionSpec {
  const fields: Fields = {};
  for (const [name, { type, boost, language }] of Object.entries(body.fields)) {
    fields[name] = {
      type,
      ...(boost === undefined ? {} : { boost }),
      ...(language === undefined ? {} : { language }),
    };
  }
  const { layout, pipeline, searchPipeline } = body;
  return { layout, ...placed(body), fields, ...defined({ pipeline, searchPipeline }) };
}

/** How many leaves, and how they are laid out. Who asks for replicas of all documents and says no shards wants that many leaves. */
function placed({
  layout,
  shards,
  replicas,
}: z.output<typeof CollectionBody>): Pick<CollectionSpec, "shards" | "replicas" | "declared"> {
  if (layout !== "replicas") return { shards: shards ?? SHARDS_DEFAULT, replicas };
  const declared = { shards: shards ?? (replicas > 1 ? 1 : SHARDS_DEFAULT), replicas };
  return { shards: 1, replicas: declared.shards * replicas, declared };
}

/** A pipeline that is named has to be there, or nothing could be written. */
async function checkPipelines(c: Context<App>, body: z.output<typeof CollectionBody>): Promise<void> {
  const errors: FieldError[] = [];
  for (const path of ["pipeline", "searchPipeline"] as const) {
    const name = body[path];
    if (name === undefined || (await c.env.CATALOG.getPipeline(name)) !== null) continue;
    errors.push({ path, message: `there is no pipeline "${name}"` });
  }
  if (errors.length === 0) return;
  throw new Problem(
    "invalid-request",
    errors.map(({ path, message }) => `${path}: ${message}`).join("; "),
    errors,
  );
}

/** Nothing for a collection that was deleted since the list was made. */
async function describeIfThere(c: Context<App>, collection: Collection): Promise<object[]> {
  try {
    return [await describe(c, collection)];
  } catch (error) {
    if (error instanceof Problem && error.code === "unknown-collection") return [];
    throw error;
  }
}

/** A collection with its figures. Where it changes meanwhile, both are read again. */
async function describe(
  c: Context<App>,
  collection: Collection,
  retries = DESCRIBE_RETRIES_MAX,
): Promise<object> {
  const answer = await readStats(c.var.branches, collection);
  if (!answer.ok) {
    if (!isStale(answer) || retries === 0) throw Problem.from(answer);
    const current = await refreshCollection(c.env.CATALOG, collection.name);
    if (current === null) throw unknownCollection(collection.name);
    return describe(c, current, retries - 1);
  }
  const terms =
    collection.layout === "terms"
      ? await c.var.terms.stats(refOf(collection), collection.shards, STATS_DEADLINE_MS)
      : undefined;
  const { name, layout, fields, epoch, createdAt, pipeline, searchPipeline } = collection;
  const { shards, replicas } = collection.declared ?? collection;
  const { stats } = answer;
  return {
    name,
    layout,
    shards,
    replicas,
    fields,
    ...defined({ pipeline, searchPipeline }),
    epoch,
    createdAt,
    stats: {
      documents: stats.reduce((sum, shard) => sum + shard.documents, 0),
      bytes: [...stats, ...(terms ?? [])].reduce((sum, { bytes }) => sum + bytes, 0),
      shards: stats,
      ...(terms !== undefined && { terms }),
    },
  };
}

/** Every shard's figures. */
async function readStats(
  branches: BranchApi,
  collection: Collection,
): Promise<Result<{ stats: ShardStats[] }>> {
  const ref = refOf(collection);
  const answers = await Promise.all(
    byBranch(shardsOf(collection)).map((shards) => branches.stats(ref, shards, STATS_DEADLINE_MS)),
  );
  const stats: ShardStats[] = [];
  for (const answer of answers) {
    if (!answer.ok) return answer;
    stats.push(...answer.shards);
  }
  return { ok: true, stats };
}

/** The leaves' data; what can't be reached now is swept up later, since the Catalog remembers. */
async function purge(
  c: Context<App>,
  { key, collectionId, shards, replicas, generation }: Purge,
): Promise<void> {
  try {
    const groups = byBranch(shardsOf({ shards }));
    await Promise.all(groups.map((group) => c.var.branches.purge(collectionId, group, replicas, generation)));
    await c.env.CATALOG.confirmPurge(key);
  } catch (error) {
    console.error(
      JSON.stringify({ event: "purge-postponed", collection: collectionId, error: String(error) }),
    );
  }
}
