import { expect, it } from "vitest";
import { confirmationsOf } from "../../../decorators/pipelines/confirmations.ts";

it("verdicts are gathered by log row, pipeline and version", () => {
  const place = { sequence: 1, pipeline: "p", version: 1 };
  const empty = { delivered: [], filtered: [], dead: [], retry: [] };

  expect(
    confirmationsOf([
      { ...place, index: 0, verdict: { kind: "delivered" } },
      { ...place, index: 5, verdict: { kind: "filtered" } },
      { ...place, index: 0, sequence: 2, verdict: { kind: "dead", error: "no" } },
      { ...place, index: 0, pipeline: "q", verdict: { kind: "delivered" } },
      { ...place, index: 3, version: 2, verdict: { kind: "delivered" } },
      { ...place, index: 1, verdict: { kind: "delivered" } },
      { ...place, index: 2, verdict: { kind: "retry", error: "oh", delayMs: 5, waiting: true } },
    ]),
  ).toEqual([
    {
      ...place,
      ...empty,
      delivered: [0, 1],
      filtered: [5],
      retry: [{ index: 2, error: "oh", delayMs: 5, waiting: true }],
    },
    { ...place, ...empty, sequence: 2, dead: [{ index: 0, error: "no" }] },
    { ...place, ...empty, pipeline: "q", delivered: [0] },
    { ...place, ...empty, version: 2, delivered: [3] },
  ]);
});
