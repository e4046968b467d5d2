import { createExecutionContext } from "cloudflare:test";
import { beforeEach, describe, expect, it } from "vitest";
import app from "../../../root-worker/index.ts";
import { workerUnderTest } from "../under-test.ts";

const { env, exports } = workerUnderTest<RootBindings, typeof import("../../../root-worker/index.ts")>();

const HEADERS = { authorization: "Bearer test-key", "content-type": "application/json" };
const URL = "http://umbel.test/v1/faults";

/** A request to a root that has the variable. */
async function withFaults(method: string, body?: unknown) {
  const request = new Request(URL, {
    method,
    headers: HEADERS,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const response = await app.fetch(
    request,
    { ...env, UMBEL_ADMIN_KEY: "test-key", UMBEL_FAULTS: "1" },
    createExecutionContext(),
  );
  const text = await response.text();
  return { status: response.status, body: (text === "" ? undefined : JSON.parse(text)) as unknown };
}

describe("without the variable", () => {
  it.each(["GET", "PUT", "DELETE", "POST"])(
    "%s of the path leads nowhere, as of any unknown one",
    async (method) => {
      const response = await exports.default.fetch(URL, {
        method,
        headers: HEADERS,
        ...(method === "GET" ? {} : { body: "{" }),
      });

      expect(response.status).toBe(404);
      expect(await response.json()).toMatchObject({
        code: "not-found",
        detail: "There is nothing at /v1/faults.",
      });
    },
  );

  it("the path is not documented", async () => {
    const response = await exports.default.fetch("http://umbel.test/openapi.json");
    const { paths } = await response.json<{ paths: object }>();

    expect(paths).not.toHaveProperty("/v1/faults");
    expect(paths).toHaveProperty("/v1/collections");
  });

  it("what is kept of rules from before is not put in force", async () => {
    await withFaults("PUT", { rules: [{ collection: "quiet", failRate: 1 }] });
    const call = (path: string, init?: RequestInit) =>
      exports.default.fetch(`http://umbel.test/v1/collections/quiet${path}`, { headers: HEADERS, ...init });
    await call("", { method: "PUT", body: JSON.stringify({ shards: 1, fields: {} }) });

    expect((await call("/search", { method: "POST", body: "{}" })).status).toBe(200);
  });
});

describe("with it", () => {
  beforeEach(async () => {
    await withFaults("DELETE");
  });

  it("rules are put in force, shown, and ended", async () => {
    const rule = {
      collection: "films",
      shard: 1,
      replica: 0,
      failRate: 0.5,
      delayMs: 10,
      stage: "replication",
    };
    const none = { rules: [], seed: 0, hedge: true, retry: true };
    expect(await withFaults("GET")).toEqual({ status: 200, body: none });
    const inForce = { rules: [rule], seed: 7, hedge: false, retry: true };
    expect(await withFaults("PUT", { rules: [rule], seed: 7, hedge: false })).toEqual({
      status: 200,
      body: inForce,
    });
    expect(await withFaults("GET")).toEqual({ status: 200, body: inForce });

    expect(await withFaults("DELETE")).toEqual({ status: 204, body: undefined });
    expect(await withFaults("GET")).toEqual({ status: 200, body: none });
  });

  it("another method is told which there are", async () => {
    expect(await withFaults("POST", {})).toMatchObject({
      status: 405,
      body: { detail: expect.stringMatching(/DELETE, GET, PUT/) },
    });
  });

  it.each([
    [{}, "rules"],
    [{ rules: [{ failRate: 0.1 }] }, "rules[0].collection"],
    [{ rules: [{ collection: "Films", failRate: 0.1 }] }, "rules[0].collection"],
    [{ rules: [{ collection: "films" }] }, "rules[0]"],
    [{ rules: [{ collection: "films", failRate: 1.1 }] }, "rules[0].failRate"],
    [{ rules: [{ collection: "films", failRate: -0.1 }] }, "rules[0].failRate"],
    [{ rules: [{ collection: "films", failRate: "all" }] }, "rules[0].failRate"],
    [{ rules: [{ collection: "films", delayMs: 0 }] }, "rules[0].delayMs"],
    [{ rules: [{ collection: "films", delayMs: 30_001 }] }, "rules[0].delayMs"],
    [{ rules: [{ collection: "films", delayMs: 1, delayRate: 2 }] }, "rules[0].delayRate"],
    [{ rules: [{ collection: "films", failRate: 0, delayRate: 0.5 }] }, "rules[0].delayRate"],
    [{ rules: [{ collection: "films", failRate: 1, shard: -1 }] }, "rules[0].shard"],
    [{ rules: [{ collection: "films", failRate: 1, shard: 186 }] }, "rules[0].shard"],
    [{ rules: [{ collection: "films", failRate: 1, replica: 32 }] }, "rules[0].replica"],
    [{ rules: [{ collection: "films", failRate: 1, stage: "after" }] }, "rules[0].stage"],
    [{ rules: [], seed: 0.5 }, "seed"],
    [{ rules: [], hedge: "no" }, "hedge"],
    [{ rules: Array.from({ length: 101 }, () => ({ collection: "films", failRate: 1 })) }, "rules"],
  ])("%j is refused, naming %s", async (body, path) => {
    const answer = await withFaults("PUT", body);

    expect(answer).toMatchObject({ status: 400, body: { code: "invalid-request" } });
    expect(answer.body).toMatchObject({
      errors: expect.arrayContaining([expect.objectContaining({ path })]),
    });
  });

  it("an unknown member is refused by its name", async () => {
    const { status, body } = await withFaults("PUT", {
      rules: [{ collection: "films", failRate: 1, rate: 1 }],
    });
    expect([status, JSON.stringify(body)]).toEqual([400, expect.stringContaining("rate")]);
  });
});
