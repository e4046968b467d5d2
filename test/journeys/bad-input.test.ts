import { beforeAll, describe, expect, it } from "vitest";
import { startPlatform, type Platform } from "../support/platform.ts";
import { BAD_IDENTITY_REQUESTS } from "./bad-identity-requests.ts";
import { BAD_REQUESTS } from "./bad-requests.ts";
import { BAD_RESHARD_REQUESTS } from "./bad-reshard-requests.ts";

const REQUESTS = [...BAD_REQUESTS, ...BAD_IDENTITY_REQUESTS, ...BAD_RESHARD_REQUESTS];

const PAGE = "https://app.example";

let platform: Platform;

beforeAll(async () => {
  platform = await startPlatform({ vars: { UMBEL_CORS_ORIGINS: PAGE } });
  await platform.json("PUT", "/v1/collections/things", {
    shards: 2,
    fields: { title: { type: "text" }, size: { type: "number" }, kind: { type: "keyword" } },
  });
});

describe("bad input is answered with a problem that says what is wrong:", () => {
  it.each(REQUESTS)("$what → $status $code", async ({ method, path, body, raw, status, code, names }) => {
    const contentType = path.endsWith("/events") ? "application/cloudevents+json" : "application/json";
    const response = await platform.fetch(path, {
      method,
      headers: body === undefined && raw === undefined ? {} : { "content-type": contentType },
      ...(raw === undefined ? (body === undefined ? {} : { body: JSON.stringify(body) }) : { body: raw }),
    });
    const problem = (await response.json()) as { errors?: { path: string }[] };
    expect(problem).toMatchObject({
      type: `urn:umbel:problem:${code}`,
      status,
      code,
      detail: expect.any(String),
    });
    expect(response.status).toBe(status);
    expect(response.headers.get("content-type")).toBe("application/problem+json");
    expect(response.headers.get("server-timing")).toMatch(/(^|, )total;dur=\d/);
    if (names !== undefined) expect(problem.errors?.map((error) => error.path)).toContain(names);
    expect(JSON.stringify(problem)).not.toMatch(/\bat \S+\.ts|Error:|SQLITE|DurableObject/);
  });

  it("and nothing of it is written", async () => {
    const things = await platform.json("GET", "/v1/collections/things");
    expect(things.body).toMatchObject({ stats: { documents: 0 } });
    const all = await platform.json<{ collections: { name: string }[] }>("GET", "/v1/collections");
    expect(all.body.collections.map(({ name }) => name)).toEqual(["things"]);
    expect((await platform.json("GET", "/v1/pipelines")).body).toEqual({ pipelines: [] });
  });
});

describe("a key", () => {
  const paths = [
    "/v1/collections",
    "/v1/ready",
    "/v1/pipelines",
    "/v1/nothing",
    "/v1/collections/things/search",
  ];

  it.each(paths)("is needed for %s", async (path) => {
    for (const authorization of [
      "",
      "Bearer",
      "Bearer wrong",
      "Basic dGVzdC1rZXk=",
      "Bearer test-key-and-more",
    ]) {
      const response = await platform.fetch(path, { headers: { authorization } });
      expect(response.status, authorization).toBe(401);
      expect(response.headers.get("www-authenticate")).toMatch(/^Bearer/);
      expect(await response.json()).toMatchObject({ code: "unauthorized" });
    }
  });

  it.each(["/v1/health", "/openapi.json", "/docs"])("is not needed for %s", async (path) => {
    const response = await fetch(platform.url + path);
    expect(response.status).toBe(200);
    await response.body?.cancel();
  });
});

it("The first page leads to the documentation", async () => {
  const response = await fetch(platform.url, { redirect: "manual" });
  expect([response.status, response.headers.get("location")]).toEqual([302, "/docs"]);
  await response.body?.cancel();
});

it("A page of an origin that is named may call, and read what is wrong with its call", async () => {
  const headers = { origin: PAGE, "content-type": "application/json" };
  const asked = { ...headers, "access-control-request-method": "POST" };
  const may = await fetch(`${platform.url}/v1/signups`, { method: "OPTIONS", headers: asked });
  const refused = await fetch(`${platform.url}/v1/signups`, { method: "POST", headers, body: "{}" });
  for (const answer of [may, refused]) await answer.body?.cancel();

  expect([may.status, refused.status]).toEqual([204, 400]);
  for (const answer of [may, refused]) expect(answer.headers.get("access-control-allow-origin")).toBe(PAGE);
});

describe("the API's own description", () => {
  it("names every route, its schemas, and problems", async () => {
    const { body } = await platform.json<{
      openapi: string;
      paths: Record<string, Record<string, { security: unknown; responses: Record<string, unknown> }>>;
      components: { schemas: Record<string, unknown> };
    }>("GET", "/openapi.json");
    expect(body.openapi).toBe("3.1.0");
    expect(Object.keys(body.paths).toSorted()).toEqual([
      "/.well-known/jwks.json",
      "/metrics",
      "/v1/alerts",
      "/v1/alerts/rules",
      "/v1/alerts/rules/{rule}",
      "/v1/budgets",
      "/v1/budgets/{kind}/{name}",
      "/v1/collections",
      "/v1/collections/{collection}",
      "/v1/collections/{collection}/documents",
      "/v1/collections/{collection}/documents/{id}",
      "/v1/collections/{collection}/export",
      "/v1/collections/{collection}/reshard",
      "/v1/collections/{collection}/reshard/pause",
      "/v1/collections/{collection}/reshard/resume",
      "/v1/collections/{collection}/reshard/undo",
      "/v1/collections/{collection}/scatter",
      "/v1/collections/{collection}/search",
      "/v1/costs",
      "/v1/dead-letters",
      "/v1/dead-letters/replay",
      "/v1/dead-letters/{id}",
      "/v1/dead-letters/{id}/replay",
      "/v1/functions",
      "/v1/functions/{function}",
      "/v1/functions/{function}/compare",
      "/v1/functions/{function}/invoke",
      "/v1/functions/{function}/rollback",
      "/v1/functions/{function}/versions",
      "/v1/graph",
      "/v1/health",
      "/v1/identity/challenges",
      "/v1/identity/challenges/{challenge}/verify",
      "/v1/identity/totp/enrollments",
      "/v1/identity/totp/enrollments/{enrollment}",
      "/v1/identity/totp/enrollments/{enrollment}/confirm",
      "/v1/keys",
      "/v1/keys/{id}",
      "/v1/pipelines",
      "/v1/pipelines/{pipeline}",
      "/v1/pipelines/{pipeline}/invoke",
      "/v1/pipelines/{pipeline}/resume",
      "/v1/pipelines/{pipeline}/rollback",
      "/v1/pipelines/{pipeline}/simulate",
      "/v1/pipelines/{pipeline}/versions",
      "/v1/planner",
      "/v1/ready",
      "/v1/retention",
      "/v1/signups",
      "/v1/signups/verify",
      "/v1/topics/{topic}",
      "/v1/topics/{topic}/events",
      "/v1/topics/{topic}/events/{id}",
      "/v1/topics/{topic}/replay",
    ]);
    expect(Object.keys(body.components.schemas)).toEqual(
      expect.arrayContaining(["SearchRequest", "SearchAnswer", "Problem", "CollectionDeclaration"]),
    );
    expect(body.paths["/v1/health"]?.["get"]?.security).toEqual([]);
    expect(body.paths["/v1/collections"]?.["get"]?.security).toEqual([{ key: ["collections:read"] }]);
    for (const path of Object.values(body.paths)) {
      for (const operation of Object.values(path)) expect(operation.responses).toHaveProperty("default");
    }
  });
});

describe("an answer", () => {
  it("belongs to its caller's trace", async () => {
    const traceId = "0af7651916cd43dd8448eb211c80319c";
    const { headers } = await platform.json("GET", "/v1/health", undefined, {
      traceparent: `00-${traceId}-b7ad6b7169203331-01`,
    });
    expect(headers.get("traceparent")).toMatch(
      new RegExp(`^00-${traceId}-(?!b7ad6b7169203331)[0-9a-f]{16}-01$`),
    );
    expect((await platform.json("GET", "/v1/health")).headers.get("traceparent")).toMatch(
      /^00-[0-9a-f]{32}-/,
    );
  });
});
