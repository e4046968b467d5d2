import { expect, it } from "vitest";
import { workerUnderTest } from "../under-test.ts";

const { exports } = workerUnderTest<RootBindings, typeof import("../../../root-worker/index.ts")>();

// The identity Worker has no key ring here.
it.each([
  ["POST", "/v1/identity/totp/enrollments", { account: "ada" }],
  ["GET", "/v1/identity/totp/enrollments?account=ada", undefined],
  ["POST", `/v1/identity/totp/enrollments/${"0".repeat(64)}/confirm`, { code: "123456" }],
  ["POST", "/v1/identity/challenges", { account: "ada" }],
  ["POST", "/v1/identity/challenges/any/verify", { code: "123456" }],
  ["GET", "/.well-known/jwks.json", undefined],
])("%s %s says what a deployment without a key ring lacks", async (method, path, body) => {
  const response = await exports.default.fetch(`http://umbel.test${path}`, {
    method,
    headers: { authorization: "Bearer test-key", "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });

  expect(response.status).toBe(503);
  expect(await response.json()).toMatchObject({
    code: "not-configured",
    detail: expect.stringContaining("wrangler secret put UMBEL_IDENTITY_KEYS"),
  });
});

it.each([
  ["POST", "/v1/identity/totp/enrollments"],
  ["POST", "/v1/identity/totp/enrollments/any/confirm"],
  ["GET", "/v1/identity/totp/enrollments?account=ada"],
  ["DELETE", "/v1/identity/totp/enrollments/any"],
  ["POST", "/v1/identity/challenges"],
  ["GET", "/v1/identity/challenges/any/verify"],
  ["POST", "/v1/identity/challenges/any/verify/more"],
])("%s %s is for callers with a key", async (method, path) => {
  const response = await exports.default.fetch(`http://umbel.test${path}`, { method });

  expect(response.status).toBe(401);
  expect(await response.json()).toMatchObject({ code: "unauthorized" });
});
