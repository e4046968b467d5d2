/** Search: one request in, one gathered answer out. */
import type { OpenAPIHono } from "@hono/zod-openapi";
import type { Context } from "hono";
import type { Collection } from "../../core/collection.ts";
import type { App } from "../app.ts";
import { readJson } from "../body.ts";
import { findCollection } from "../catalog-cache.ts";
import { decorateSearch } from "../decorate.ts";
import { meteredSearch } from "../query/meter-search.ts";
import { rootSearch } from "../query/root-search.ts";
import { SearchAnswer, SearchQuery, SearchRequest } from "../query/request.ts";
import { queryToRequest } from "../query/query-string.ts";
import { route } from "../route.ts";
import { validate } from "../validate.ts";
import { ReadCollectionParams } from "./names.ts";

const responses = {
  200: { description: "The gathered answer", content: { "application/json": { schema: SearchAnswer } } },
};

export function searchRoutes(app: OpenAPIHono<App>): void {
  route(
    app,
    {
      method: "post",
      path: "/v1/collections/{collection}/search",
      summary: "Search a collection",
      tag: "Search",
      scope: "documents:search",
      params: ReadCollectionParams,
      content: {
        "application/json": {
          schema: SearchRequest,
          example: {
            q: "star wars",
            filter: "year >= 1990",
            facets: ["genre"],
            highlight: ["title"],
            limit: 3,
          },
        },
      },
      responses,
    },
    async (c, { params }) => search(c, params.collection, await readJson(c.req.raw)),
  );

  route(
    app,
    {
      method: "get",
      path: "/v1/collections/{collection}/search",
      summary: "Search a collection, by query parameters",
      description:
        "Lists are written with commas, or as JSON; `facets` takes names, or JSON as in the body; `aggregations` takes JSON.",
      tag: "Search",
      scope: "documents:search",
      params: ReadCollectionParams,
      query: SearchQuery,
      responses,
    },
    async (c, { params, query }) => search(c, params.collection, queryToRequest(query)),
  );
}

/** What a collection's pipeline may still change is checked when it is through; what it can't be run on, before. */
async function search(c: Context<App>, name: string, given: unknown): Promise<Response> {
  const collection = await searchedCollection(c, name, given);
  const decorated =
    collection === undefined ? given : await decorateSearch(c.env, c.req.raw, collection, given);
  const request = validate(SearchRequest, decorated);
  return c.json(await meteredSearch(name, c.var.startedAt, async () => rootSearch(c, name, request)));
}

/** The collection, if it has a pipeline of its own for searches. An invalid request is told of before an unknown collection. */
async function searchedCollection(
  c: Context<App>,
  name: string,
  given: unknown,
): Promise<Collection | undefined> {
  validate(SearchRequest, given);
  const collection = await findCollection(c.env.CATALOG, name);
  return collection.searchPipeline === undefined ? undefined : collection;
}
