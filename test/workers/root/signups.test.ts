import { expect, it } from "vitest";
import { workerUnderTest } from "../under-test.ts";

const { exports } = workerUnderTest<RootBindings, typeof import("../../../root-worker/index.ts")>();

const post = (path: string, body: object) =>
  exports.default.fetch(`http://umbel.test${path}`, { method: "POST", body: JSON.stringify(body) });

it("a deployment without a key ring signs nobody up, and says what it lacks", async () => {
  for (const response of [
    await post("/v1/signups", { email: "ada@example.com" }),
    await post("/v1/signups/verify", { token: "su_0" }),
  ]) {
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({
      code: "not-configured",
      detail: expect.stringContaining("UMBEL_IDENTITY_KEYS"),
    });
  }
});
