/** The planner: how many leaves, and how many replicas. */
import type { OpenAPIHono } from "@hono/zod-openapi";
import type { App } from "../app.ts";
import { findCollection } from "../catalog-cache.ts";
import { planByFigures, planByMeasurements } from "../planner/answer-plan.ts";
import { measurements } from "../planner/measurements.ts";
import { PlannerAnswer, PlannerRequest } from "../planner/request.ts";
import { route } from "../route.ts";

export function plannerRoutes(app: OpenAPIHono<App>): void {
  route(
    app,
    {
      method: "post",
      path: "/v1/planner",
      summary: "How many leaves, and how many replicas",
      description:
        "For each number of leaves and replicas the expected latency, availability and cost, and a choice with its reason; by given figures, or by those that a collection's searches have left.",
      tag: "Operation",
      scope: "operation:read",
      body: PlannerRequest,
      responses: {
        200: { description: "The plan", content: { "application/json": { schema: PlannerAnswer } } },
      },
    },
    async (c, { body }) => {
      if (body.collection === undefined) return c.json(planByFigures(body));
      const collection = await findCollection(c.env.CATALOG, body.collection);
      return c.json(planByMeasurements(body, collection, measurements.of(collection.id)));
    },
  );
}
