/**
 * A route and its documentation from one declaration: the schemas that validate a request are the schemas that
 * `/openapi.json` shows, so that neither can say what the other does not.
 */
import type { OpenAPIHono, RouteConfig } from "@hono/zod-openapi";
import type { Context } from "hono";
import { z } from "@hono/zod-openapi";
import type { Scope } from "../core/contracts/keys.ts";
import type { ErrorCode } from "../core/errors.ts";
import type { App } from "./app.ts";
import { readJson } from "./body.ts";
import { refusalOf } from "./keys/grant.ts";
import { Problem } from "./problem.ts";
import { validate } from "./validate.ts";

type ObjectSchema = z.ZodObject;

type Access =
  | {
      public?: false;
      /** What a key needs, all of it. */
      scope: Scope | readonly Scope[];
      /** Its answer leaves out what the key may not see, so that a key with limits may ask. */
      narrows?: true;
    }
  | { public: true; scope?: undefined; narrows?: undefined };

type RouteDefinition<P extends ObjectSchema, Q extends ObjectSchema, B extends z.ZodType> = Access &
  Described<P, Q, B>;

interface Described<P extends ObjectSchema, Q extends ObjectSchema, B extends z.ZodType> {
  method: "get" | "post" | "put" | "patch" | "delete";
  /** In OpenAPI's form: `/v1/collections/{collection}`. */
  path: string;
  summary: string;
  description?: string;
  tag: string;
  /** The path's parameters, in its order. */
  params?: P;
  query?: Q;
  /** A JSON body. A route whose body is something else leaves it out, and documents it with `content`. */
  body?: B;
  /** A body that does something sensible with the example data: what the documentation's page offers to try. */
  example?: z.input<B>;
  /** How long it may be, where that is less than any JSON body may. */
  bodyBytesMax?: number;
  /** What a body is called that is nested deeper than any may be; `invalid-request` where it is left out. */
  bodyTooDeepCode?: ErrorCode;
  /** Bodies that the handler reads by itself, for the documentation. */
  content?: NonNullable<NonNullable<RouteConfig["request"]>["body"]>["content"];
  /** Conditional request headers that are honoured, for the documentation. */
  headers?: ObjectSchema;
  responses: RouteConfig["responses"];
}

interface Valid<P extends ObjectSchema, Q extends ObjectSchema, B extends z.ZodType> {
  params: z.output<P>;
  query: z.output<Q>;
  body: z.output<B>;
}

const Nothing = z.strictObject({});
const NoBody = z.undefined();

const ProblemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    detail: z.string(),
    code: z.string(),
    errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  })
  .openapi("Problem", { description: "Problem details (RFC 9457)" });

/** What errors are answered as, also those that a route describes by themselves. */
const PROBLEM = { "application/problem+json": { schema: ProblemSchema } };

/** Registers a route: requests are validated (path, query, body, in this order) before the handler runs. */
export function route<
  P extends ObjectSchema = typeof Nothing,
  Q extends ObjectSchema = typeof Nothing,
  B extends z.ZodType = typeof NoBody,
>(
  app: OpenAPIHono<App>,
  definition: RouteDefinition<P, Q, B>,
  handler: (c: Context<App>, valid: Valid<P, Q, B>) => Promise<Response> | Response,
): void {
  document(app, definition);
  const path = definition.path.replaceAll(/\{(\w+)\}/g, ":$1");
  app.on(definition.method.toUpperCase(), path, async (c) => {
    refuseUndecodable(c.req.url);
    refuseUngranted(c, definition);
    // Absent schemas accept exactly nothing, which is what their default types say.
    const params = validate(definition.params ?? Nothing, c.req.param()) as z.output<P>;
    const query = validate(definition.query ?? Nothing, c.req.query()) as z.output<Q>;
    const body = (
      definition.body === undefined
        ? undefined
        : validate(
            definition.body,
            await readJson(c.req.raw, {
              bytesMax: definition.bodyBytesMax,
              tooDeepCode: definition.bodyTooDeepCode,
            }),
          )
    ) as z.output<B>;
    return handler(c, { params, query, body });
  });
}

/** Whatever else is wrong with a request is told to those alone who may make it. */
function refuseUngranted(c: Context<App>, access: Access): void {
  if (access.public === true) return;
  const { collection, topic }: Record<string, string | undefined> = c.req.param();
  const { narrows } = access;
  const problem = refusalOf(c.var.grant, { scopes: scopesNeeded(access), collection, topic, narrows });
  if (problem !== undefined) throw new Problem("forbidden", problem);
}

function scopesNeeded({ scope }: Access): Scope[] {
  return scope === undefined ? [] : [scope].flat();
}

/** A path that is no text: what can't be decoded would be taken for what it says undecoded, which is the name of something else. */
function refuseUndecodable(url: string): void {
  try {
    decodeURIComponent(new URL(url).pathname);
  } catch {
    throw new Problem("invalid-request", "The path is not percent-encoded UTF-8.");
  }
}

function document<P extends ObjectSchema, Q extends ObjectSchema, B extends z.ZodType>(
  app: OpenAPIHono<App>,
  definition: RouteDefinition<P, Q, B>,
): void {
  const { method, path, summary, description, tag, params, query, body, content, headers, example } =
    definition;
  const jsonBody =
    body === undefined
      ? undefined
      : { "application/json": { schema: body, ...(example === undefined ? {} : { example }) } };
  const bodyContent = content ?? jsonBody;
  app.openAPIRegistry.registerPath({
    method,
    path,
    summary,
    ...(description === undefined ? {} : { description }),
    tags: [tag],
    security: definition.public === true ? [] : [{ key: scopesNeeded(definition) }],
    request: {
      ...(params === undefined ? {} : { params }),
      ...(query === undefined ? {} : { query }),
      ...(headers === undefined ? {} : { headers }),
      ...(bodyContent === undefined ? {} : { body: { content: bodyContent, required: true } }),
    },
    responses: {
      ...Object.fromEntries(
        Object.entries(definition.responses).map(([status, response]) => [
          status,
          Number(status) >= 400 && !("content" in response) ? { ...response, content: PROBLEM } : response,
        ]),
      ),
      default: { description: "A problem", content: PROBLEM },
    },
  });
}
