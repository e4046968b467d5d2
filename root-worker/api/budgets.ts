/** Budgets: what a collection or a pipeline may use a day before it is stopped. */
import { z, type OpenAPIHono } from "@hono/zod-openapi";
import { BUDGET_KINDS, type BudgetKind } from "../../core/contracts/budgets.ts";
import { sendMetricsNow } from "../../core/metrics/isolate-meter.ts";
import type { App, RootEnv } from "../app.ts";
import { forgetCollection } from "../catalog-cache.ts";
import { Problem } from "../problem.ts";
import { route } from "../route.ts";
import { Name } from "./names.ts";

const USD_MAX = 1_000_000;

const KINDS: Record<"collections" | "pipelines", BudgetKind> = {
  collections: "collection",
  pipelines: "pipeline",
};

const BudgetParams = z.strictObject({
  kind: z.enum(["collections", "pipelines"]).openapi({ param: { name: "kind", in: "path" } }),
  name: Name.openapi({ param: { name: "name", in: "path" }, example: "films" }),
});

const BudgetBody = z
  .strictObject({
    usdPerDay: z
      .number()
      .positive("must be more than 0: to stop a pipeline delete it, or its topic's sender")
      .max(USD_MAX)
      .openapi({ description: "US dollars a day, in UTC, at the prices that `GET /v1/costs` goes by" }),
  })
  .openapi("Budget");

const BudgetAnswer = z
  .object({
    kind: z.enum(BUDGET_KINDS),
    name: z.string(),
    usdPerDay: z.number(),
    spentUsd: z.number().openapi({ description: "Today" }),
    exceeded: z.boolean().openapi({ description: "Searches are refused, or events wait" }),
  })
  .openapi("BudgetState");

const answer = (description: string) => ({
  description,
  content: { "application/json": { schema: BudgetAnswer } },
});

const PATH = "/v1/budgets/{kind}/{name}";
const TAG = "Operation";

export function budgetRoutes(app: OpenAPIHono<App>): void {
  route(
    app,
    {
      method: "get",
      path: "/v1/budgets",
      summary: "All budgets, and what of them is used up",
      tag: TAG,
      scope: "operation:read",
      responses: {
        200: {
          description: "By kind and name",
          content: { "application/json": { schema: z.object({ budgets: z.array(BudgetAnswer) }) } },
        },
      },
    },
    async (c) => {
      await sendMetricsNow(c.env.CATALOG);
      return c.json({ budgets: await c.env.CATALOG.listBudgets() });
    },
  );

  route(
    app,
    {
      method: "put",
      path: PATH,
      summary: "Give a collection or a pipeline a budget",
      description:
        "Over it, searches of the collection are answered with 429, and events of the pipeline wait in their topic: none is dropped. Raised, or with the next day in UTC, both go on within a minute.",
      tag: TAG,
      scope: "operation:write",
      params: BudgetParams,
      body: BudgetBody,
      example: { usdPerDay: 0.5 },
      responses: { 200: answer("It was changed"), 201: answer("It is new") },
    },
    async (c, { params, body }) => {
      const { name } = params;
      const kind = KINDS[params.kind];
      await mustExist(c.env, kind, name);
      await sendMetricsNow(c.env.CATALOG);
      const put = await c.env.CATALOG.putBudget({ kind, name, ...body });
      if (put === "full")
        throw new Problem("conflict", "There are as many budgets as there may be: delete one.");
      await announce(c.env, kind, name);
      const state = (await c.env.CATALOG.listBudgets()).find(
        (each) => each.kind === kind && each.name === name,
      );
      return c.json(state, put === "created" ? 201 : 200);
    },
  );

  route(
    app,
    {
      method: "delete",
      path: PATH,
      summary: "Take a budget away",
      tag: TAG,
      scope: "operation:write",
      params: BudgetParams,
      responses: { 204: { description: "It is gone, and stops nothing any longer" } },
    },
    async (c, { params: { kind, name } }) => {
      if (!(await c.env.CATALOG.deleteBudget(KINDS[kind], name)))
        throw new Problem("not-found", `${kind}/${name} has no budget.`);
      await announce(c.env, KINDS[kind], name);
      return c.body(null, 204);
    },
  );
}

async function mustExist({ CATALOG }: RootEnv, kind: BudgetKind, name: string): Promise<void> {
  if (kind === "collection" && (await CATALOG.getCollection(name)) === null)
    throw new Problem("unknown-collection", `There is no collection "${name}".`);
  if (kind === "pipeline" && (await CATALOG.getPipeline(name)) === null)
    throw new Problem("unknown-pipeline", `There is no pipeline "${name}".`);
}

/** What is cached is asked for anew, here and by the pipeline's topic; elsewhere it is old in some seconds. */
async function announce(env: RootEnv, kind: BudgetKind, name: string): Promise<void> {
  if (kind === "collection") {
    forgetCollection(name);
    return;
  }
  const pipeline = await env.CATALOG.getPipeline(name);
  if (pipeline !== null) await env.JOURNAL.pipelinesChanged(pipeline.topic);
}
