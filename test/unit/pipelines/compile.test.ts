import { describe, expect, it } from "vitest";
import type { PipelineSpec } from "../../../core/contracts/pipelines.ts";
import { BUILT_IN } from "../../../decorators/built-in/index.ts";
import { compilePipeline } from "../../../decorators/pipelines/compile.ts";

const valid: PipelineSpec = {
  topic: "t",
  filter: "type = 'order'",
  steps: [{ use: "defaults", with: { level: "info" } }],
  deliver: [{ collection: "c" }],
};

function errorsOf(change: Partial<PipelineSpec>) {
  const compilation = compilePipeline({ ...valid, ...change }, BUILT_IN);
  return compilation.ok ? [] : compilation.errors;
}

describe("a declaration", () => {
  it("that is right compiles to its filter, steps and sinks", () => {
    const compilation = compilePipeline(valid, BUILT_IN);

    expect(compilation).toMatchObject({
      ok: true,
      compiled: { steps: [{ use: "defaults" }], deliver: [{ collection: "c" }] },
    });
  });

  it("names the step whose decorator there is not, and those that there are", () => {
    const steps = [...valid.steps, { use: "defautls", with: {} }];

    expect(errorsOf({ steps })).toEqual([
      {
        path: "steps[1].use",
        message: expect.stringMatching(/^there is no decorator "defautls"; there is: .*\bdefaults\b/),
      },
    ]);
  });

  it("names the option that is wrong", () => {
    expect(errorsOf({ steps: [{ use: "defaults" }] })).toEqual([
      { path: "steps[0].with", message: "names at least one field with its default" },
    ]);
  });

  it("names the place where the filter does not parse", () => {
    expect(errorsOf({ filter: "type = " })).toEqual([
      { path: "filter", message: expect.stringMatching(/position \d+/) },
    ]);
  });

  it("needs a sink", () => {
    expect(errorsOf({ deliver: [] })).toEqual([{ path: "deliver", message: "names at least one sink" }]);
  });

  it("tells all that is wrong at once", () => {
    const paths = errorsOf({ filter: "(", steps: [{ use: "a" }, { use: "b" }], deliver: [] }).map(
      ({ path }) => path,
    );

    expect(paths).toEqual(["filter", "steps[0].use", "steps[1].use", "deliver"]);
  });
});
