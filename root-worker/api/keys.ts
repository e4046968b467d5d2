/** Keys: who may do what. A key is told once, when it is made; of what is kept nobody can make it again. */
import { z, type OpenAPIHono } from "@hono/zod-openapi";
import type { Context } from "hono";
import type { KeyRecord } from "../../core/contracts/keys.ts";
import type { App } from "../app.ts";
import { defined } from "../defined.ts";
import { idAt, IdempotencyKey, idempotencyKey, idSeed } from "../idempotency-key.ts";
import { hashOfKey, randomKey, repeatableKey, type NewKey } from "../keys/api-key.ts";
import { GRANTABLE, isBeyondLimits, isLimited, tooMuch } from "../keys/grant.ts";
import { forgetKeys } from "../middleware/authenticate.ts";
import { Problem } from "../problem.ts";
import { route } from "../route.ts";

const NAMES_MAX = 100;
const NAME_CHARS_MAX = 128;
const PATTERN = /^(?:identity\.)?_?[a-z][a-z0-9_-]{0,62}\*?$/;

const Names = z
  .array(z.string().regex(PATTERN, "must be a name, or what names begin with and a * behind it"))
  .min(1)
  .max(NAMES_MAX)
  .optional();

const KeyBody = z
  .strictObject({
    name: z
      .string()
      .min(1)
      .max(NAME_CHARS_MAX)
      .openapi({ description: "What it is for", example: "website" }),
    scopes: z
      .array(
        z
          .string()
          .refine((word) => GRANTABLE.includes(word), { error: `must be one of ${GRANTABLE.join(", ")}` }),
      )
      .min(1)
      .max(GRANTABLE.length)
      .openapi({
        example: ["documents:search"],
        description: `What it may do: \`*\`, \`<kind>:*\`, or any of ${GRANTABLE.filter((word) => !word.endsWith("*")).join(", ")}`,
      }),
    collections: Names.openapi({
      description: "The collections that it is for, with a `*` behind it those that begin so; absent: all",
      example: ["films"],
    }),
    topics: Names.openapi({ description: "Likewise topics", example: ["orders"] }),
    expiresAt: z.iso
      .datetime({ offset: true })
      .refine((time) => Date.parse(time) > Date.now(), "must be in the future")
      .optional(),
  })
  .superRefine((body, context) => {
    if (!isLimited(defined(body))) return;
    for (const [at, word] of body.scopes.entries()) {
      if (!isBeyondLimits(word)) continue;
      const message = "is nothing that a key for some collections or topics alone could do";
      context.addIssue({ code: "custom", path: ["scopes", at], message });
    }
  })
  .openapi("KeyRequest");

const described = {
  id: z.string(),
  name: z.string(),
  scopes: z.array(z.string()),
  collections: z.array(z.string()).optional(),
  topics: z.array(z.string()).optional(),
  createdAt: z.iso.datetime(),
  expiresAt: z.iso.datetime().optional(),
};
const KeyAnswer = z.object(described).openapi("Key");
const NewKeyAnswer = z
  .object({
    ...described,
    key: z.string().openapi({ description: "The key itself, which is not told again" }),
  })
  .openapi("NewKey");

const TOLD_BEFORE =
  "This request has made a key before UMBEL_ADMIN_KEY was changed, which can't be told again: send it with another Idempotency-Key.";

const TAG = "Keys";
const KeyParams = z.strictObject({ id: z.string().openapi({ param: { name: "id", in: "path" } }) });

export function keyRoutes(app: OpenAPIHono<App>): void {
  makeRoute(app);
  otherRoutes(app);
}

function makeRoute(app: OpenAPIHono<App>): void {
  route(
    app,
    {
      method: "post",
      path: "/v1/keys",
      summary: "Make a key",
      description:
        "It may do what its scopes say. With `collections` or `topics` it reaches these alone, and nothing that is of neither. Nobody grants more, or for longer, than their own key may.",
      tag: TAG,
      scope: "keys:write",
      headers: IdempotencyKey,
      body: KeyBody,
      example: { name: "website", scopes: ["documents:search"], collections: ["films"] },
      responses: {
        201: { description: "The key", content: { "application/json": { schema: NewKeyAnswer } } },
      },
    },
    async (c, { body }) => {
      const { expiresAt, ...rest } = defined(body);
      const wanted: Wanted = {
        ...rest,
        ...(expiresAt === undefined ? {} : { expiresAt: new Date(expiresAt).toISOString() }),
      };
      refuseTooMuch(c, wanted);
      const { id, key } = await newKey(c, wanted);
      const createdAt = new Date().toISOString();
      const hash = await hashOfKey(key);
      const added = await c.env.CATALOG.addKey({ id, ...wanted, createdAt, hash });
      if (!added.ok) throw Problem.from(added);
      // It was made under another first key, and what follows from this one would open nothing.
      if (added.key.hash !== hash) throw new Problem("conflict", TOLD_BEFORE);
      forgetKeys();
      return c.json({ ...describe(added.key), key }, 201);
    },
  );
}

function otherRoutes(app: OpenAPIHono<App>): void {
  route(
    app,
    {
      method: "get",
      path: "/v1/keys",
      summary: "All keys, without what is secret of them",
      tag: TAG,
      scope: "keys:read",
      responses: {
        200: {
          description: "The eldest first; UMBEL_ADMIN_KEY is none of them",
          content: { "application/json": { schema: z.object({ keys: z.array(KeyAnswer) }) } },
        },
      },
    },
    async (c) => {
      const list = await c.env.CATALOG.getKeys();
      return c.json({ keys: list?.keys.map(describe) ?? [] });
    },
  );

  route(
    app,
    {
      method: "delete",
      path: "/v1/keys/{id}",
      summary: "Delete a key",
      description: "It is good for nothing within seconds.",
      tag: TAG,
      scope: "keys:write",
      params: KeyParams,
      responses: { 204: { description: "It is gone" } },
    },
    async (c, { params: { id } }) => {
      const deleted = await c.env.CATALOG.deleteKey(id);
      forgetKeys();
      if (!deleted.ok) throw Problem.from(deleted);
      return c.body(null, 204);
    },
  );
}

type Wanted = Pick<KeyRecord, "name" | "scopes" | "collections" | "topics" | "expiresAt">;

function refuseTooMuch(c: Context<App>, { scopes, expiresAt }: Wanted): void {
  const problem = tooMuch(c.var.grant, { scopes, ...defined({ expiresAt }) });
  if (problem === undefined) return;
  throw new Problem("forbidden", problem.message, [problem]);
}

/** The same for a request that is repeated by whoever bears the same key. */
async function newKey(c: Context<App>, wanted: Wanted): Promise<NewKey> {
  const given = idempotencyKey(c.req.raw.headers);
  if (given === undefined) return randomKey();
  const content = new TextEncoder().encode(JSON.stringify(wanted));
  const seed = await idSeed(given, `${c.var.grant.keyId} /v1/keys`, content);
  return repeatableKey(idAt(seed, 0), c.env.UMBEL_ADMIN_KEY ?? "");
}

function describe({ id, name, scopes, collections, topics, createdAt, expiresAt }: KeyRecord) {
  return { id, name, scopes, ...defined({ collections, topics }), createdAt, ...defined({ expiresAt }) };
}
