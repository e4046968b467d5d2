import { describe, expect, it } from "vitest";
import type { PipelineLinks } from "../../../core/contracts/pipelines.ts";
import type { LinkedPipeline } from "../../../shard-workers/catalog/cycle.ts";
import { FAN_OUT_MAX, findFanOut } from "../../../shard-workers/catalog/fan-out.ts";

const pipeline = (name: string, topic: string, links: Partial<PipelineLinks> = {}): LinkedPipeline => ({
  name,
  topic,
  links: { sinks: [], routes: [], calls: [], ...links },
});

/** `width` pipelines listen to each of the topics `l0` to `l<depth - 1>`, and publish to the next. */
function layers(width: number, depth: number): LinkedPipeline[] {
  return Array.from({ length: depth }, (_, level) =>
    Array.from({ length: width }, (__, n) =>
      pipeline(`p${level}-${n}`, `l${level}`, level + 1 < depth ? { sinks: [`l${level + 1}`] } : {}),
    ),
  ).flat();
}

describe("a fan-out", () => {
  it("is fine while one event makes a bounded number of runs", () => {
    // 10 + 10 * 10 + 10 * 10 * 8 runs.
    const others = layers(10, 2).map((each) =>
      each.topic === "l1" ? { ...each, links: { ...each.links, sinks: ["end"] } } : each,
    );
    const ends = Array.from({ length: 7 }, (_, n) => pipeline(`end${n}`, "end"));
    expect(findFanOut(pipeline("end7", "end"), [...others, ...ends])).toBeUndefined();
  });

  it("is refused beyond, with its size and where most of it comes from", () => {
    const found = findFanOut(pipeline("one-more", "l3"), layers(6, 4));
    expect(found?.runs).toBe(6 + 36 + 216 + 216 * 7);
    expect(found?.runs).toBeGreaterThan(FAN_OUT_MAX);
    expect(found?.way).toEqual([
      "topic l0",
      "p0-0",
      "topic l1",
      "p1-0",
      "topic l2",
      "p2-0",
      "topic l3",
      "one-more",
    ]);
  });

  it("counts topics that steps route to, also those of called pipelines, once a run", () => {
    const wide = Array.from({ length: 600 }, (_, n) => pipeline(`w${n}`, "wide"));
    const called = pipeline("called", "elsewhere", { routes: ["wide"], sinks: ["wide"] });
    expect(
      findFanOut(pipeline("a", "t", { calls: ["called"], routes: ["wide"] }), [...wide, called]),
    ).toBeUndefined();
    const two = [...wide, called, pipeline("b", "t", { routes: ["wide"] })];
    expect(findFanOut(pipeline("a", "t", { calls: ["called"] }), two)?.runs).toBe(1 + 600 + 1 + 600);
  });

  it("does not take exponential time", () => {
    const deep = layers(8, 60);
    expect(findFanOut(pipeline("x", "l0"), deep)?.runs).toBeGreaterThan(8 ** 59);
  });

  it("takes the pipeline's new declaration, and not the old one", () => {
    const others = layers(6, 4);
    const before = others.filter(({ name }) => name !== "p0-0");
    expect(findFanOut(pipeline("p0-0", "other"), [...before, pipeline("p0-0", "l0")])?.way[0]).toBe(
      "topic l0",
    );
    expect(findFanOut(pipeline("p2-0", "alone"), layers(3, 3))).toBeUndefined();
  });
});
