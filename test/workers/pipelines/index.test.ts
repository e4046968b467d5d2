import { expect, it } from "vitest";
import { workerUnderTest } from "../under-test.ts";

const { exports } = workerUnderTest<
  PipelinesBindings,
  typeof import("../../../decorators/pipelines/index.ts")
>();

it("answers nothing over HTTP: it is reached by its queue and its entrypoint alone", async () => {
  const response = await exports.default.fetch("http://umbel.test/v1/health");

  expect(response.status).toBe(404);
  expect(await response.text()).toBe("");
});
