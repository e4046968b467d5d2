import { createExecutionContext, createScheduledController, waitOnExecutionContext } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import worker from "../../../root-worker/index.ts";
import { workerUnderTest } from "../under-test.ts";

const { env, exports } = workerUnderTest<RootBindings, typeof import("../../../root-worker/index.ts")>();

interface Answer {
  status: number;
  text: string;
  body: Record<string, unknown>;
  type: string | null;
}

async function ask(method: string, path: string, body?: object): Promise<Answer> {
  const response = await exports.default.fetch(`http://umbel.test${path}`, {
    method,
    headers: { authorization: "Bearer test-key" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const isJson = response.headers.get("content-type")?.includes("json") === true;
  return {
    status: response.status,
    text,
    body: isJson ? (JSON.parse(text) as Record<string, unknown>) : {}, // a JSON answer is an object
    type: response.headers.get("content-type"),
  };
}

describe("GET /metrics", () => {
  it("is Prometheus's text, and has every request that was answered before it, by the route's pattern", async () => {
    for (let n = 0; n < 3; n++) await ask("GET", `/v1/collections/none-${n}`);
    await ask("GET", "/nowhere/at-all");
    const { status, text, type } = await ask("GET", "/metrics");

    expect([status, type]).toEqual([200, "text/plain; version=0.0.4; charset=utf-8"]);
    expect(text).toMatch(
      /^umbel_http_requests_total\{method="GET",route="\/v1\/collections\/\{collection\}",status="404"\} 3$/m,
    );
    expect(text).toMatch(/^umbel_http_requests_total\{method="GET",route="other",status="404"\} 1$/m);
    expect(text).not.toContain("none-0");
  });

  it("needs a key", async () => {
    const response = await exports.default.fetch("http://umbel.test/metrics");
    expect(response.status).toBe(401);
  });
});

describe("a rule", () => {
  const rule = {
    kind: "threshold",
    metric: "umbel_http_requests_total",
    by: ["route"],
    where: { status: "404" },
    measure: "increase",
    overSeconds: 60,
    above: 2,
    severity: "info",
  };

  it("is declared, shown among the built-in ones, replaced and deleted", async () => {
    expect(await ask("PUT", "/v1/alerts/rules/lost", rule)).toMatchObject({
      status: 201,
      body: { name: "lost", rule },
    });
    expect((await ask("PUT", "/v1/alerts/rules/lost", rule)).status).toBe(200);
    const { body } = await ask("GET", "/v1/alerts/rules");
    const rules = body["rules"] as { name: string; builtIn: boolean }[]; // the documented answer
    expect(rules.find(({ name }) => name === "lost")?.builtIn).toBe(false);
    expect(rules.find(({ name }) => name === "dead-letters")?.builtIn).toBe(true);
    expect((await ask("DELETE", "/v1/alerts/rules/lost")).status).toBe(204);
    expect((await ask("GET", "/v1/alerts/rules/lost")).status).toBe(404);
    expect((await ask("DELETE", "/v1/alerts/rules/lost")).status).toBe(404);
    expect((await ask("DELETE", "/v1/alerts/rules/dead-letters")).status).toBe(409);
  });

  it.each([
    [
      "an unknown metric, with those that there are",
      { ...rule, metric: "nonsense" },
      "metric",
      /umbel_searches_total/,
    ],
    ["a label that its metric has not", { ...rule, by: ["pipeline"] }, "by[0]", /has: method, route, status/],
    ["a value of such a label", { ...rule, where: { pipeline: "x" } }, "where.pipeline", /has no label/],
    ["a measure of another type", { ...rule, measure: "p95" }, "measure", /increase, rate/],
    ["no limit", { ...rule, above: undefined }, "above", /above or below/],
    ["a window that is too short", { ...rule, overSeconds: 1 }, "overSeconds", /30/],
    ["a field that there is not", { ...rule, treshold: 1 }, "treshold", /./],
  ])("is refused for %s", async (_, declared, path, message) => {
    const { status, body } = await ask("PUT", "/v1/alerts/rules/bad", declared);
    const errors = body["errors"] as { path: string; message: string }[]; // problem details
    expect(status).toBe(400);
    expect(errors).toEqual([{ path, message: expect.stringMatching(message) as string }]);
  });

  it("fires within two evaluations of its cause, once, as an event of the topic _alerts, and resolves", async () => {
    await ask("PUT", "/v1/alerts/rules/lost", rule);
    await evaluate();
    for (let n = 0; n < 3; n++) await ask("GET", `/v1/collections/none-${n}`);
    await evaluate();
    await evaluate();
    const firing = await ask("GET", "/v1/alerts");
    expect(firing.body["alerts"]).toMatchObject([
      {
        rule: "lost",
        state: "firing",
        value: 3,
        severity: "info",
        labels: { route: "/v1/collections/{collection}" },
      },
    ]);
    expect(await published()).toBe(1);

    await ask("PUT", "/v1/alerts/rules/lost", { ...rule, above: 100 });
    await evaluate();
    expect((await ask("GET", "/v1/alerts")).body["alerts"]).toMatchObject([
      { rule: "lost", state: "resolved" },
    ]);
    expect(await published()).toBe(2);
  });
});

describe("GET /v1/graph", () => {
  it("has what is declared, in each format", async () => {
    await ask("PUT", "/v1/collections/films", { fields: {} });
    await ask("PUT", "/v1/pipelines/films", {
      topic: "films",
      steps: [{ use: "defaults", with: { a: 1 } }],
      deliver: [{ collection: "films" }],
    });
    const { body } = await ask("GET", "/v1/graph");
    expect(body["edges"]).toEqual([
      { from: "pipeline:films", to: "collection:films", kind: "delivers", declared: true, observed: false },
      { from: "pipeline:films", to: "decorator:defaults", kind: "runs", declared: true, observed: false },
      { from: "topic:films", to: "pipeline:films", kind: "takes", declared: true, observed: false },
    ]);
    expect((await ask("GET", "/v1/graph?format=mermaid")).text).toMatch(/^flowchart LR\n/);
    const picture = await ask("GET", "/v1/graph?format=svg");
    expect([picture.type, picture.text.slice(0, 4)]).toEqual(["image/svg+xml; charset=utf-8", "<svg"]);
  });

  it("refuses a format that there is not, and names those that there are", async () => {
    const { status, text } = await ask("GET", "/v1/graph?format=png");
    expect(status).toBe(400);
    expect(text).toMatch(/mermaid/);
  });
});

describe("GET /v1/costs", () => {
  it("answers with nothing used before anything was, and the prices that it goes by", async () => {
    const { status, body } = await ask("GET", "/v1/costs?days=7&serverUsdPerMonth=40");
    expect(status).toBe(200);
    expect(body).toMatchObject({
      days: 7,
      usage: [],
      prices: { asOf: "2026-11" },
      breakEven: { serverUsdPerMonth: 40, searchesPerMonth: null },
    });
  });

  it.each(["days=0", "days=x", "serverUsdPerMonth=0", "serverUsdPerMonth=-1", "format=csv"])(
    "refuses %s",
    async (query) => {
      expect((await ask("GET", `/v1/costs?${query}`)).status).toBe(400);
    },
  );
});

describe("a budget", () => {
  it("answers searches with 429 once it is used up, and lets them through when it is raised or taken away", async () => {
    await ask("PUT", "/v1/collections/films", { shards: 1, fields: {} });
    const search = async () => (await ask("POST", "/v1/collections/films/search", {})).status;
    expect(await ask("PUT", "/v1/budgets/collections/films", { usdPerDay: 1 })).toMatchObject({
      status: 201,
      body: { kind: "collection", name: "films", usdPerDay: 1, exceeded: false },
    });
    expect(await search()).toBe(200);
    const counters = { 'umbel_rows_written_total{kind="collection",name="films"}': 1e6 };
    const values = { counters, gauges: {}, histograms: {} };
    await env.CATALOG.recordMetrics(JSON.stringify({ isolate: "i", sequence: 1, values }));
    // What this isolate remembers of the collection is forgotten with any change of the budget.
    await ask("PUT", "/v1/budgets/collections/films", { usdPerDay: 0.5 });
    const refused = await ask("POST", "/v1/collections/films/search", {});
    expect(refused).toMatchObject({ status: 429, body: { code: "budget-exceeded" } });
    expect(refused.body["detail"]).toMatch(/\/v1\/budgets\/collections\/films/);

    expect((await ask("PUT", "/v1/budgets/collections/films", { usdPerDay: 5 })).body["exceeded"]).toBe(
      false,
    );
    expect(await search()).toBe(200);
    expect((await ask("DELETE", "/v1/budgets/collections/films")).status).toBe(204);
    expect((await ask("DELETE", "/v1/budgets/collections/films")).status).toBe(404);
  });

  it.each([
    ["collections/films", { usdPerDay: 0 }, 400],
    ["collections/films", { usdPerDay: -1 }, 400],
    ["collections/films", {}, 400],
    ["collections/none", { usdPerDay: 1 }, 404],
    ["pipelines/none", { usdPerDay: 1 }, 404],
    ["shards/0", { usdPerDay: 1 }, 400],
  ])("is refused for %s %j", async (path, body, status) => {
    await ask("PUT", "/v1/collections/films", { shards: 1, fields: {} });
    expect((await ask("PUT", `/v1/budgets/${path}`, body)).status).toBe(status);
  });
});

/** What the cron does every minute. */
async function evaluate(): Promise<void> {
  const ctx = createExecutionContext();
  await worker.scheduled(createScheduledController(), env);
  await waitOnExecutionContext(ctx);
}

/** Events that the topic of alerts has accepted. */
async function published(): Promise<number> {
  const { body } = await ask("GET", "/v1/topics/_alerts");
  const { accepted } = (body["events"] ?? body) as { accepted: number };
  return accepted;
}
