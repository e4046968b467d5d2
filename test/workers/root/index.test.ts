import { expect, it } from "vitest";
import { workerUnderTest } from "../under-test.ts";

const { exports } = workerUnderTest<RootBindings, typeof import("../../../root-worker/index.ts")>();

it("says without a key that it is healthy", async () => {
  const response = await exports.default.fetch("http://umbel.test/v1/health");

  expect(response.status).toBe(200);
});

it("answers an unknown path with a problem", async () => {
  const response = await exports.default.fetch("http://umbel.test/v1/nowhere", {
    headers: { authorization: "Bearer test-key" },
  });

  expect(response.status).toBe(404);
  expect(response.headers.get("content-type")).toMatch("application/problem+json");
});
