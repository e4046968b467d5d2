/** Alerts: their rules, and what these have found. */
import { z, type OpenAPIHono } from "@hono/zod-openapi";
import type { AlertRule } from "../../core/contracts/alerts.ts";
import type { App } from "../app.ts";
import { Problem } from "../problem.ts";
import { route } from "../route.ts";
import { AlertAnswer, Rule, RuleAnswer } from "./alert-schemas.ts";
import { Name } from "./names.ts";

const TAG = "Operation";

const RuleParams = z.strictObject({
  rule: Name.openapi({ param: { name: "rule", in: "path" }, example: "dead-letters" }),
});

const ruleAnswer = (description: string) => ({
  description,
  content: { "application/json": { schema: RuleAnswer } },
});

export function alertRoutes(app: OpenAPIHono<App>): void {
  alertsRoute(app);
  readRuleRoutes(app);
  changeRuleRoutes(app);
}

function alertsRoute(app: OpenAPIHono<App>): void {
  route(
    app,
    {
      method: "get",
      path: "/v1/alerts",
      summary: "Alerts that are firing or pending, and those of the last day",
      description:
        "Each change is also an event on the topic `_alerts`: declare a pipeline for it to have them delivered.",
      tag: TAG,
      scope: "operation:read",
      responses: {
        200: {
          description: "By rule",
          content: { "application/json": { schema: z.object({ alerts: z.array(AlertAnswer) }) } },
        },
      },
    },
    async (c) => c.json({ alerts: await c.env.CATALOG.listAlerts() }),
  );
}

function readRuleRoutes(app: OpenAPIHono<App>): void {
  route(
    app,
    {
      method: "get",
      path: "/v1/alerts/rules",
      summary: "All rules, the built-in among them",
      tag: TAG,
      scope: "operation:read",
      responses: {
        200: {
          description: "By name",
          content: { "application/json": { schema: z.object({ rules: z.array(RuleAnswer) }) } },
        },
      },
    },
    async (c) => c.json({ rules: await c.env.CATALOG.listAlertRules() }),
  );

  route(
    app,
    {
      method: "get",
      path: "/v1/alerts/rules/{rule}",
      summary: "A rule",
      tag: TAG,
      scope: "operation:read",
      params: RuleParams,
      responses: { 200: ruleAnswer("The rule") },
    },
    async (c, { params }) => c.json(await ruleNamed(c.env, params.rule)),
  );
}

function changeRuleRoutes(app: OpenAPIHono<App>): void {
  route(
    app,
    {
      method: "put",
      path: "/v1/alerts/rules/{rule}",
      summary: "Declare a rule",
      description:
        "Under the name of a built-in rule it takes that rule's place; `enabled: false` switches it off.",
      tag: TAG,
      scope: "operation:write",
      params: RuleParams,
      body: Rule,
      example: {
        kind: "threshold",
        metric: "umbel_search_duration_seconds",
        by: ["collection"],
        measure: "p95",
        overSeconds: 300,
        above: 0.5,
        severity: "warning",
        summary: "Searches take over half a second.",
      },
      responses: { 200: ruleAnswer("It took another's place"), 201: ruleAnswer("It is new") },
    },
    async (c, { params, body }) => {
      // Options that are absent may be undefined here; they do not cross as JSON.
      const rule = JSON.parse(JSON.stringify(body)) as AlertRule;
      const put = await c.env.CATALOG.putAlertRule(params.rule, rule);
      if (put === "full")
        throw new Problem("conflict", "There are as many rules as there may be: delete one.");
      return c.json({ name: params.rule, builtIn: false, rule }, put === "created" ? 201 : 200);
    },
  );

  route(
    app,
    {
      method: "delete",
      path: "/v1/alerts/rules/{rule}",
      summary: "Delete a rule; a built-in one is again what it was",
      tag: TAG,
      scope: "operation:write",
      params: RuleParams,
      responses: { 204: { description: "It is gone" } },
    },
    async (c, { params }) => {
      if (await c.env.CATALOG.deleteAlertRule(params.rule)) return c.body(null, 204);
      const { builtIn } = await ruleNamed(c.env, params.rule);
      if (!builtIn) return c.body(null, 204);
      throw new Problem(
        "conflict",
        "This rule is built in: declare it with `enabled: false` to switch it off.",
      );
    },
  );
}

async function ruleNamed(env: App["Bindings"], name: string) {
  const rules = await env.CATALOG.listAlertRules();
  const found = rules.find((rule) => rule.name === name);
  if (found === undefined) throw new Problem("not-found", `There is no rule "${name}".`);
  const { builtIn, rule } = found;
  return { name, builtIn, rule };
}
