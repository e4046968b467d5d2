import { beforeEach, describe, expect, it } from "vitest";
import type { PipelineSpec } from "../../../core/contracts/pipelines.ts";
import { workerUnderTest } from "../under-test.ts";

const { env, exports } = workerUnderTest<
  PipelinesBindings,
  typeof import("../../../decorators/pipelines/index.ts")
>();

const valid: PipelineSpec = {
  topic: "orders",
  filter: "type = 'order.placed'",
  steps: [{ use: "defaults", with: { status: "new" } }],
  deliver: [{ collection: "orders" }],
};

const validate = async (change: Partial<PipelineSpec>) =>
  exports.PipelinesService.validate("p", { ...valid, ...change });

beforeEach(async () => {
  await env.CATALOG.putCollection("orders", { layout: "documents", shards: 1, replicas: 1, fields: {} });
});

describe("a declaration", () => {
  it("that can be run is valid", async () => {
    expect(await validate({})).toEqual({ ok: true, links: { sinks: [], routes: [], calls: [] } });
  });

  it("names a sink that is not there, since events would be lost behind it", async () => {
    const deliver = [{ collection: "orders" }, { collection: "odrers" }];

    expect(await validate({ deliver })).toEqual({
      ok: false,
      code: "invalid-request",
      message: 'deliver[1].collection: there is no collection "odrers"',
      errors: [{ path: "deliver[1].collection", message: 'there is no collection "odrers"' }],
    });
  });

  it("names everything that is wrong, each by its place", async () => {
    const answer = await validate({
      filter: "type =",
      steps: [{ use: "default" }, { use: "defaults" }],
      deliver: [{ collection: "none" }],
    });

    expect(answer.ok ? [] : answer.errors?.map(({ path }) => path)).toEqual([
      "filter",
      "steps[0].use",
      "steps[1].with",
      "deliver[0].collection",
    ]);
  });
});

it("says that it is there", async () => {
  expect(await exports.PipelinesService.ping()).toBe(true);
});
