/** Scatter: a function of the user's beside the data. */
import type { OpenAPIHono } from "@hono/zod-openapi";
import type { App } from "../app.ts";
import { meteredScatter } from "../query/meter-search.ts";
import { rootScatter } from "../query/root-scatter.ts";
import { ScatterAnswer, ScatterRequest } from "../query/scatter-request.ts";
import { route } from "../route.ts";
import { ReadCollectionParams } from "./names.ts";

export function scatterRoutes(app: OpenAPIHono<App>): void {
  route(
    app,
    {
      method: "post",
      path: "/v1/collections/{collection}/scatter",
      summary: "Run a function beside the data",
      description:
        "The function's `map` is given the documents of each leaf, a batch at a time, and its `reduce` brings together what that answers: at the leaves, in between, and last of all at the root.",
      tag: "Functions",
      scope: ["functions:run", "documents:read"],
      params: ReadCollectionParams,
      body: ScatterRequest,
      example: { function: "histogram", input: { field: "rating", width: 1 }, filter: "year >= 2000" },
      responses: {
        200: {
          description: "What the last `reduce` answered, and what it stands on",
          content: { "application/json": { schema: ScatterAnswer } },
        },
      },
    },
    async (c, { params: { collection }, body }) =>
      c.json(await meteredScatter(collection, async () => rootScatter(c, collection, body))),
  );
}
