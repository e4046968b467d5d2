/** Search: one request in, one gathered answer out. */
import type { OpenAPIHono, z } from "@hono/zod-openapi";
import type { App } from "../app.ts";
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
      params: ReadCollectionParams,
      body: SearchRequest,
      responses,
    },
    async (c, { params, body }) => c.json(await rootSearch(c, params.collection, body)),
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
      params: ReadCollectionParams,
      query: SearchQuery,
      responses,
    },
    async (c, { params, query }) => {
      const request: z.output<typeof SearchRequest> = validate(SearchRequest, queryToRequest(query));
      return c.json(await rootSearch(c, params.collection, request));
    },
  );
}
