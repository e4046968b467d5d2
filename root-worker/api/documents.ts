/** Documents: written in bulk, read, replaced, patched and deleted one by one, exported. */
import { z, type OpenAPIHono } from "@hono/zod-openapi";
import type { Context } from "hono";
import type { Collection } from "../../core/collection.ts";
import type { VersionCondition, WriteOperation } from "../../core/contracts/documents.ts";
import { prepareDocument, preparePatch, refuseDocument } from "../../core/document/validate.ts";
import { writeOperations, type WriteServices } from "../../core/document/write-operations.ts";
import { isObject, type JsonObject } from "../../core/document/values.ts";
import { documentIdProblem } from "../../core/names.ts";
import { bookmarkSecret, encodeBookmark } from "../bookmark.ts";
import { findCollection, refreshCollection } from "../catalog-cache.ts";
import { decorateOne, documentDecorator } from "../decorate.ts";
import { exportStream } from "../documents/export.ts";
import { etagOf, versionCondition } from "../documents/etag.ts";
import { IdempotencyKey, idempotencyKey } from "../idempotency-key.ts";
import { isNdjson, writeArray, writeStream } from "../documents/ingest.ts";
import { patchDecorated } from "../documents/patch-decorated.ts";
import { readCurrent } from "../documents/read.ts";
import type { App } from "../app.ts";
import { Problem } from "../problem.ts";
import { route } from "../route.ts";
import { CollectionParams, ReadCollectionParams } from "./names.ts";

const DocumentParams = CollectionParams.extend({
  id: z.string().openapi({ param: { name: "id", in: "path" }, example: "tt0073195" }),
});

const ReadDocumentParams = ReadCollectionParams.extend({ id: DocumentParams.shape.id });

/** Any object: a schema of entries would make a copy, and lose a member called `__proto__`. */
const Document = z
  .custom<JsonObject>(isObject, "must be a JSON object")
  .openapi("Document", { type: "object", example: { id: "1", title: "Jaws", year: 1975 } });

const IfMatch = z.object({
  "if-match": z.string().optional().openapi({ description: 'ETags, or * for "any version"; else 412' }),
});

const Read = z.strictObject({
  bookmark: z
    .string()
    .optional()
    .openapi({ description: "What a write answered: the read sees at least that" }),
});

const Bulk = z
  .object({
    written: z.number().int(),
    failed: z.number().int(),
    failures: z.array(
      z.object({ line: z.number().int(), id: z.string().optional(), code: z.string(), message: z.string() }),
    ),
    filtered: z
      .number()
      .int()
      .optional()
      .openapi({ description: "Documents that the collection's pipeline filtered out" }),
    bookmark: z.string(),
    tookMs: z.number(),
  })
  .openapi("BulkAnswer");

const Write = z.object({ id: z.string(), bookmark: z.string(), tookMs: z.number() }).openapi("WriteAnswer");

const json = (description: string, schema: z.ZodType) => ({
  description,
  content: { "application/json": { schema } },
});

/** Of a write of one document; a deletion's answer has no other place for it. */
const BOOKMARK_HEADER = "umbel-bookmark";

const TAG = "Documents";
const PATH = "/v1/collections/{collection}/documents/{id}";

export function documentRoutes(app: OpenAPIHono<App>): void {
  bulkRoutes(app);
  writeRoutes(app);
  patchRoute(app);

  route(
    app,
    {
      method: "get",
      path: PATH,
      summary: "A document",
      tag: TAG,
      scope: "documents:read",
      params: ReadDocumentParams,
      query: Read,
      responses: { 200: json("The document; its version is the ETag", Document) },
    },
    async (c, { params, query }) => {
      checkId(params.id);
      const document = await readCurrent(c, params.collection, params.id, query.bookmark);
      return new Response(document.json, {
        headers: { "content-type": "application/json", etag: etagOf(document.version) },
      });
    },
  );
}

function bulkRoutes(app: OpenAPIHono<App>): void {
  route(
    app,
    {
      method: "post",
      path: "/v1/collections/{collection}/documents",
      summary: "Write documents: one, an array, or NDJSON as a stream",
      description:
        "Good documents are written, bad ones are named by their line. Without an `id` one is made (ULID).",
      tag: TAG,
      scope: "documents:write",
      params: CollectionParams,
      headers: IdempotencyKey,
      content: {
        "application/json": {
          schema: z.union([Document, z.array(Document)]),
          example: [{ id: "1", title: "Jaws", year: 1975 }],
        },
        "application/x-ndjson": { schema: z.string() },
      },
      responses: { 200: json("What was written, and what was not", Bulk) },
    },
    async (c, { params }) => {
      const collection = await findCollection(c.env.CATALOG, params.collection);
      const write = isNdjson(c.req.header("content-type")) ? writeStream : writeArray;
      const result = await write(c.req.raw, services(c, params.collection), collection, {
        secret: bookmarkSecret(c.env),
        decorate: documentDecorator(c.env, c.req.raw, collection),
        idempotencyKey: idempotencyKey(c.req.raw.headers),
      });
      return c.json({ ...result, tookMs: Date.now() - c.var.startedAt });
    },
  );

  route(
    app,
    {
      method: "get",
      path: "/v1/collections/{collection}/export",
      summary: "Every document, as NDJSON",
      tag: TAG,
      scope: "documents:read",
      params: ReadCollectionParams,
      responses: {
        200: {
          description: "A document a line",
          content: { "application/x-ndjson": { schema: z.string() } },
        },
      },
    },
    async (c, { params }) => {
      const collection = await findCollection(c.env.CATALOG, params.collection);
      const body = await exportStream(c.env, collection);
      return new Response(body, { headers: { "content-type": "application/x-ndjson" } });
    },
  );
}

function writeRoutes(app: OpenAPIHono<App>): void {
  route(
    app,
    {
      method: "put",
      path: PATH,
      summary: "Write a document",
      tag: TAG,
      scope: "documents:write",
      params: DocumentParams,
      headers: IfMatch,
      body: Document,
      bodyTooDeepCode: "invalid-document",
      responses: { 200: json("It was replaced", Write), 201: json("It was made", Write) },
    },
    async (c, { params, body }) => {
      const collection = await findCollection(c.env.CATALOG, params.collection);
      checkId(params.id);
      const refused = refuseDocument(body, params.id);
      if (refused !== undefined) throw Problem.from(refused);
      const decorate = documentDecorator(c.env, c.req.raw, collection);
      const document = await decorateOne(decorate, body, params.id);
      const prepared = prepareDocument(document, params.id, collection.fields);
      if (!prepared.ok) throw Problem.from(prepared);
      return writeOne(c, collection, { kind: "put", id: params.id, json: prepared.json });
    },
  );

  route(
    app,
    {
      method: "delete",
      path: PATH,
      summary: "Delete a document",
      tag: TAG,
      scope: "documents:write",
      params: DocumentParams,
      headers: IfMatch,
      responses: { 204: { description: `It is gone; ${BOOKMARK_HEADER} is the bookmark` } },
    },
    async (c, { params }) => {
      checkId(params.id);
      const collection = await findCollection(c.env.CATALOG, params.collection);
      return writeOne(c, collection, { kind: "delete", id: params.id });
    },
  );
}

function patchRoute(app: OpenAPIHono<App>): void {
  route(
    app,
    {
      method: "patch",
      path: PATH,
      summary: "Change a document by a merge patch (RFC 7396)",
      description:
        "Where the collection has a pipeline, the whole document as patched goes through it before it is stored; `conflict` where others keep writing the document meanwhile.",
      tag: TAG,
      scope: "documents:write",
      params: DocumentParams,
      headers: IfMatch,
      body: Document,
      bodyTooDeepCode: "invalid-document",
      responses: { 200: json("It was changed", Write) },
    },
    async (c, { params, body }) => {
      checkId(params.id);
      const patch = preparePatch(body);
      if (!patch.ok) throw Problem.from(patch);
      const collection = await findCollection(c.env.CATALOG, params.collection);
      const decorate = documentDecorator(c.env, c.req.raw, collection);
      if (decorate !== undefined) {
        return patchDecorated(
          {
            read: () => readCurrent(c, collection.name, params.id, undefined),
            decorate: (document) => decorateOne(decorate, document, params.id),
            fields: collection.fields,
            write: (operation) => writeOne(c, collection, operation),
          },
          params.id,
          body,
          conditionOf(c),
        );
      }
      return writeOne(c, collection, { kind: "patch", id: params.id, json: patch.json });
    },
  );
}

function services(c: Context<App>, name: string): WriteServices {
  return { branches: c.var.branches, refresh: () => refreshCollection(c.env.CATALOG, name) };
}

function checkId(id: string): void {
  const problem = documentIdProblem(id);
  if (problem !== undefined) throw new Problem("invalid-id", problem, [{ path: "id", message: problem }]);
}

function conditionOf(c: Context<App>): VersionCondition | undefined {
  return versionCondition(c.req.header("if-match"), c.req.header("if-none-match"));
}

/** Writes one document under the operation's precondition, or else the request's. */
async function writeOne(
  c: Context<App>,
  collection: Collection,
  operation: WriteOperation,
): Promise<Response> {
  const condition = operation.ifVersion ?? conditionOf(c);
  const conditional = condition === undefined ? operation : { ...operation, ifVersion: condition };
  const {
    outcomes,
    sequences,
    collection: written,
  } = await writeOperations(services(c, collection.name), collection, [conditional]);
  const [outcome] = outcomes;
  if (outcome === undefined) throw new Problem("internal", "The write had no outcome.");
  if (!outcome.ok) throw Problem.from(outcome);
  const { id, epoch } = written;
  const bookmark = await encodeBookmark({ collection: id, epoch, sequences }, bookmarkSecret(c.env));
  c.header(BOOKMARK_HEADER, bookmark);
  if (operation.kind === "delete") return c.body(null, 204);
  c.header("etag", etagOf(outcome.version));
  return c.json(
    { id: outcome.id, bookmark, tookMs: Date.now() - c.var.startedAt },
    outcome.created ? 201 : 200,
  );
}
