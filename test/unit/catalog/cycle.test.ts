import { describe, expect, it } from "vitest";
import type { PipelineLinks } from "../../../core/contracts/pipelines.ts";
import { findCycle, type LinkedPipeline } from "../../../shard-workers/catalog/cycle.ts";

const pipeline = (name: string, topic: string, links: Partial<PipelineLinks>): LinkedPipeline => ({
  name,
  topic,
  links: { sinks: [], routes: [], calls: [], ...links },
});

describe("a cycle", () => {
  it("is a pipeline that publishes to its own topic", () => {
    expect(findCycle(pipeline("a", "t", { sinks: ["t"] }), [])).toEqual(["a", "topic t", "a"]);
  });

  it("is told with all that is on its way, the shortest first", () => {
    const others = [
      pipeline("b", "u", { routes: ["v"] }),
      pipeline("c", "v", { sinks: ["w"] }),
      pipeline("d", "w", { sinks: ["t"] }),
      pipeline("shortcut", "v", { sinks: ["t"] }),
    ];

    expect(findCycle(pipeline("a", "t", { sinks: ["u"] }), others)).toEqual([
      "a",
      "topic u",
      "b",
      "topic v",
      "shortcut",
      "topic t",
      "a",
    ]);
  });

  it("is closed by calls alone, or by calls and topics", () => {
    expect(findCycle(pipeline("a", "t", { calls: ["b"] }), [pipeline("b", "u", { calls: ["a"] })])).toEqual([
      "a",
      "b",
      "a",
    ]);
    expect(findCycle(pipeline("a", "t", { calls: ["b"] }), [pipeline("b", "u", { routes: ["t"] })])).toEqual([
      "a",
      "b",
      "topic t",
      "a",
    ]);
  });

  it("is closed where the pipeline is only called", () => {
    expect(findCycle(pipeline("a", "t", { routes: ["u"] }), [pipeline("b", "u", { calls: ["a"] })])).toEqual([
      "a",
      "topic u",
      "b",
      "a",
    ]);
  });

  it("is none where a called pipeline's sinks would have to be used", () => {
    expect(
      findCycle(pipeline("a", "t", { calls: ["b"] }), [pipeline("b", "u", { sinks: ["t"] })]),
    ).toBeUndefined();
    expect(
      findCycle(pipeline("a", "t", { sinks: ["u"] }), [pipeline("b", "u", { calls: ["a"] })]),
    ).toBeUndefined();
  });

  it("is none in a chain, a fork or a diamond", () => {
    const others = [
      pipeline("b", "u", { sinks: ["x"] }),
      pipeline("c", "v", { sinks: ["x"] }),
      pipeline("d", "x", {}),
    ];

    expect(findCycle(pipeline("a", "t", { sinks: ["u", "v"], calls: ["d"] }), others)).toBeUndefined();
  });

  it("is looked for as if the pipeline had replaced its namesake, and not among what others close", () => {
    const others = [pipeline("a", "t", { sinks: ["t"] }), pipeline("z", "u", { sinks: ["u"] })];

    expect(findCycle(pipeline("a", "t", { sinks: ["u"] }), others)).toBeUndefined();
  });
});
