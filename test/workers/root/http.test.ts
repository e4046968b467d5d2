import { createExecutionContext } from "cloudflare:test";
import { describe, expect, it, vi } from "vitest";
import app from "../../../root-worker/index.ts";
import { workerUnderTest } from "../under-test.ts";

const { env, exports } = workerUnderTest<RootBindings, typeof import("../../../root-worker/index.ts")>();

const ORIGIN = "http://umbel.test";
const KEY = { authorization: "Bearer test-key" };

interface Call {
  method?: string;
  body?: unknown;
  headers?: Record<string, string>;
}

/** A call with the key. Text is sent as it is, anything else as JSON. */
async function call(path: string, { method = "GET", body, headers = {} }: Call = {}): Promise<Response> {
  const text = body === undefined || typeof body === "string" ? body : JSON.stringify(body);
  return exports.default.fetch(`${ORIGIN}${path}`, {
    method,
    headers: { ...KEY, ...headers },
    ...(text === undefined ? {} : { body: text }),
  });
}

/** A problem, checked to be one, with its status in it and nothing of what is inside. */
async function problemOf(response: Response): Promise<Record<string, unknown>> {
  expect(response.headers.get("content-type")).toBe("application/problem+json");
  const text = await response.text();
  expect(text).not.toMatch(/\bat \S+ \(|\.ts\b|Error:|SQLITE|DurableObject|durable/i);
  const problem = JSON.parse(text) as Record<string, unknown>; // an object: its members are checked next
  expect(problem).toMatchObject({
    status: response.status,
    type: `urn:umbel:problem:${String(problem["code"])}`,
    title: expect.any(String),
    detail: expect.stringMatching(/./),
  });
  return problem;
}

const FIELDS = { title: { type: "text" }, year: { type: "number" } };
const put = (name: string, body: unknown = { fields: FIELDS }) =>
  call(`/v1/collections/${name}`, { method: "PUT", body });

describe("the key", () => {
  it.each(["/v1/collections", "/v1/ready", "/v1/nowhere", "/v1/health/", "/"])(
    "is needed for %s",
    async (path) => {
      const response = await exports.default.fetch(`${ORIGIN}${path}`);

      expect(response.status).toBe(401);
      expect(response.headers.get("www-authenticate")).toMatch(/^Bearer/);
      expect(await problemOf(response)).toMatchObject({ code: "unauthorized" });
    },
  );

  it.each([
    "Bearer nope",
    "Bearer test-ke",
    "Bearer test-key2",
    "Bearer ",
    "Basic test-key",
    "test-key",
    "Bearer",
  ])("is not %j", async (authorization) => {
    expect((await call("/v1/collections", { headers: { authorization } })).status).toBe(401);
  });

  it.each(["Bearer test-key", "bearer test-key", "BEARER test-key"])("is %j", async (authorization) => {
    expect((await call("/v1/collections", { headers: { authorization } })).status).toBe(200);
  });

  it.each(["/v1/health", "/openapi.json"])("is not needed for %s", async (path) => {
    expect((await exports.default.fetch(`${ORIGIN}${path}`)).status).toBe(200);
  });

  it.each([undefined, ""])(
    "that is not configured (%j) is told to everybody, whatever they send",
    async (key) => {
      const withoutKey = { ...env, UMBEL_ADMIN_KEY: key };
      const ask = (path: string, headers: Record<string, string>) =>
        app.fetch(new Request(`${ORIGIN}${path}`, { headers }), withoutKey, createExecutionContext());

      for (const headers of [{}, KEY, { authorization: "Bearer " }]) {
        const response = await ask("/v1/collections", headers);
        expect(response.status).toBe(503);
        expect(await problemOf(response)).toMatchObject({ code: "not-configured" });
      }
      expect((await ask("/v1/health", {})).status).toBe(200);
    },
  );
});

describe("every answer", () => {
  it.each([
    ["/v1/health", 200],
    ["/v1/nowhere", 404],
    ["/v1/collections/films", 404],
    ["/v1/collections/Films", 400],
  ])("says how long it took and of which trace it is: %s", async (path, status) => {
    const response = await call(path);

    expect(response.status).toBe(status);
    expect(response.headers.get("server-timing")).toMatch(/^total;dur=\d+$/);
    expect(response.headers.get("traceparent")).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/);
  });

  it("belongs to its caller's trace, as a span of its own", async () => {
    const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00";
    const answered = (await call("/v1/health", { headers: { traceparent } })).headers.get("traceparent");

    expect(answered).toMatch(/^00-4bf92f3577b34da6a3ce929d0e0e4736-[0-9a-f]{16}-00$/);
    expect(answered).not.toBe(traceparent);
  });

  it.each([
    "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
    "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
    "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
    "nonsense",
  ])("begins a trace where the caller's is none: %s", async (traceparent) => {
    const answered = (await call("/v1/health", { headers: { traceparent } })).headers.get("traceparent");

    expect(answered).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
    expect(answered).not.toMatch("4bf92f3577b34da6a3ce929d0e0e4736");
  });
});

describe("a path", () => {
  it.each([
    "/v1/nowhere",
    "/v1/collections/",
    "/v1/collections/films/",
    "/v1//collections",
    "/v1/collections/films/documents/1/2",
  ])("that leads nowhere is a 404: %s", async (path) => {
    const response = await call(path);

    expect(response.status).toBe(404);
    expect(await problemOf(response)).toMatchObject({ code: "not-found" });
  });

  it.each([
    ["POST", "/v1/health", "GET"],
    ["DELETE", "/openapi.json", "GET"],
    ["POST", "/v1/collections", "GET"],
    ["POST", "/v1/collections/films", "DELETE, GET, PUT"],
    ["GET", "/v1/collections/films/documents", "POST"],
    ["POST", "/v1/collections/films/documents/1", "DELETE, GET, PATCH, PUT"],
    ["DELETE", "/v1/collections/films/search", "GET, POST"],
  ])("that does not take %s (%s) says what it takes: %s", async (method, path, allow) => {
    const response = await call(path, { method });

    expect(response.status).toBe(405);
    expect(response.headers.get("allow")).toBe(allow);
    expect(await problemOf(response)).toMatchObject({ code: "method-not-allowed" });
  });
});

describe("bad input", () => {
  it.each<[string, string, Call, number, string]>([
    ["a body that is not JSON", "/v1/collections/a", { method: "PUT", body: "{" }, 400, "invalid-json"],
    ["no body", "/v1/collections/a", { method: "PUT" }, 400, "invalid-json"],
    ["a body of another type", "/v1/collections/a", { method: "PUT", body: [] }, 400, "invalid-request"],
    ["no fields", "/v1/collections/a", { method: "PUT", body: {} }, 400, "invalid-request"],
    ["a wrong name", "/v1/collections/_a", { method: "PUT", body: { fields: {} } }, 400, "invalid-request"],
    [
      "too many shards",
      "/v1/collections/a",
      { method: "PUT", body: { fields: {}, shards: 187 } },
      400,
      "invalid-request",
    ],
    [
      "a field that is the id",
      "/v1/collections/a",
      { method: "PUT", body: { fields: { id: { type: "keyword" } } } },
      400,
      "invalid-request",
    ],
    [
      "an unknown type",
      "/v1/collections/a",
      { method: "PUT", body: { fields: { a: { type: "int" } } } },
      400,
      "invalid-request",
    ],
    [
      "a boost of no text",
      "/v1/collections/a",
      { method: "PUT", body: { fields: { a: { type: "number", boost: 2 } } } },
      400,
      "invalid-request",
    ],
    [
      "a declaration that no call to another Worker could carry",
      "/v1/pipelines/a",
      {
        method: "PUT",
        body: `{"topic":"a","deliver":[{"reply":true}],"steps":[{"use":"defaults","with":{"a":${"[".repeat(30_000)}${"]".repeat(30_000)}}}]}`,
      },
      400,
      "invalid-request",
    ],
    [
      "a filter of dead letters that ends the restriction to a pipeline",
      `/v1/dead-letters?pipeline=a&filter=${encodeURIComponent("TRUE) OR (TRUE")}`,
      { method: "DELETE" },
      400,
      "invalid-filter",
    ],
    ["an unknown parameter", "/v1/collections?all=1", {}, 400, "invalid-request"],
    ["an unknown collection", "/v1/collections/nope", {}, 404, "unknown-collection"],
    ["a deletion of no collection", "/v1/collections/nope", { method: "DELETE" }, 404, "unknown-collection"],
    [
      "documents for no collection",
      "/v1/collections/nope/documents",
      { method: "POST", body: [] },
      404,
      "unknown-collection",
    ],
    ["a search of no collection", "/v1/collections/nope/search", {}, 404, "unknown-collection"],
    ["an export of no collection", "/v1/collections/nope/export", {}, 404, "unknown-collection"],
    ["a document of no collection", "/v1/collections/nope/documents/1", {}, 404, "unknown-collection"],
  ])("%s is a problem", async (_, path, request, status, code) => {
    const response = await call(path, request);

    expect(response.status).toBe(status);
    expect(await problemOf(response)).toMatchObject({ code });
    expect(await (await call("/v1/collections")).json()).toEqual({ collections: [] });
  });

  it("names every unknown field by its path", async () => {
    const response = await put("films", { fields: { title: { type: "text", boots: 1 } }, shard: 2 });

    expect(await problemOf(response)).toMatchObject({
      errors: expect.arrayContaining([
        expect.objectContaining({ path: "shard" }),
        expect.objectContaining({ path: "fields.title.boots" }),
      ]),
    });
  });

  it.each<[string, Call, number, string]>([
    ["/documents/1", {}, 404, "unknown-document"],
    [`/documents/${"x".repeat(257)}`, {}, 400, "invalid-id"],
    ["/documents/a%00b", {}, 400, "invalid-id"],
    ["/documents/%ff", { method: "PUT", body: {} }, 400, "invalid-request"],
    ["/documents/100%", { method: "PUT", body: {} }, 400, "invalid-request"],
    ["/documents/1", { method: "PUT", body: { year: "x" } }, 400, "invalid-document"],
    ["/documents/1", { method: "PUT", body: { id: "2" } }, 400, "invalid-id"],
    ["/documents/1", { method: "PUT", body: "[]" }, 400, "invalid-request"],
    ["/documents/1", { method: "PUT", body: { plot: "x".repeat(1_100_000) } }, 413, "document-too-large"],
    ["/documents/1", { method: "PUT", body: `"${"x".repeat(10 * 1024 * 1024)}"` }, 413, "too-large"],
    [
      "/documents/1",
      { method: "PUT", body: {}, headers: { "if-match": '"zz"' } },
      412,
      "precondition-failed",
    ],
    ["/documents/1", { method: "PATCH", body: {} }, 404, "unknown-document"],
    [
      "/documents/1",
      { method: "PATCH", body: '{"a":'.repeat(1_000) + 1 + "}".repeat(1_000) },
      400,
      "invalid-document",
    ],
    [
      "/documents/1",
      { method: "PATCH", body: '{"a":'.repeat(100_000) + 1 + "}".repeat(100_000) },
      400,
      "invalid-document",
    ],
    ["/documents/1", { method: "DELETE" }, 404, "unknown-document"],
    ["/search?limit=x", {}, 400, "invalid-request"],
    ["/search?sort=nope", {}, 400, "unknown-field"],
    ["/search?filter=year", {}, 400, "invalid-filter"],
    ["/search?cursor=abc", {}, 400, "invalid-cursor"],
    ["/search?bookmark=abc", {}, 400, "invalid-bookmark"],
    ["/search?nope=1", {}, 400, "invalid-request"],
    ["/search", { method: "POST", body: { nope: 1 } }, 400, "invalid-request"],
    ["/export?x=1", {}, 400, "invalid-request"],
  ])(
    "to %s of a collection is a problem, and nothing is written (case %#)",
    async (path, request, status, code) => {
      await put("films");
      const response = await call(`/v1/collections/films${path}`, request);

      expect(response.status).toBe(status);
      expect(await problemOf(response)).toMatchObject({ code });
      expect(await (await call("/v1/collections/films")).json()).toMatchObject({ stats: { documents: 0 } });
    },
  );
});

describe("a fault inside", () => {
  it("is logged, and tells the caller nothing of itself", async () => {
    const logged = vi.spyOn(console, "error").mockReturnValue();
    const broken = {
      ...env,
      UMBEL_ADMIN_KEY: "test-key",
      CATALOG: { listCollections: async () => Promise.reject(new Error("secret of the house")) },
    };
    const request = new Request(`${ORIGIN}/v1/collections`, { headers: KEY });
    const response = await app.fetch(request, broken, createExecutionContext());

    expect(response.status).toBe(500);
    const problem = await problemOf(response);
    expect(problem).toMatchObject({ code: "internal" });
    expect(JSON.stringify(problem)).not.toMatch("secret");
    expect(logged).toHaveBeenCalledWith(expect.stringContaining("secret of the house"));
    logged.mockRestore();
  });
});
