import { describe, expect, it } from "vitest";
import type { CloudEvent } from "../../../core/cloudevents/event.ts";
import { compileEventFilter } from "../../../core/cesql/index.ts";
import { Reject, type Decorate } from "../../../decorators/contract.ts";
import type { CompiledPipeline } from "../../../decorators/pipelines/compile.ts";
import { EVENTS_OUT_MAX } from "../../../decorators/pipelines/limits.ts";
import { runPipeline } from "../../../decorators/pipelines/runner.ts";
import { contextWith } from "../decorators/memory-services.ts";

const event: CloudEvent = { specversion: "1.0", id: "1", source: "/s", type: "order", data: { n: 1 } };
const context = contextWith();

function pipeline(steps: Decorate[], filter?: string): CompiledPipeline {
  const compiled: CompiledPipeline = {
    steps: steps.map((decorate, n) => ({ use: `step${n}`, decorate })),
    deliver: [],
  };
  if (filter === undefined) return compiled;
  const answer = compileEventFilter(filter);
  if (!answer.ok) throw new Error(answer.message);
  return { ...compiled, matches: answer.matches };
}

const run = (steps: Decorate[], filter?: string) => runPipeline(pipeline(steps, filter), event, context);
const named = (id: string): CloudEvent => ({ ...event, id });
const append =
  (suffix: string): Decorate =>
  (each) =>
    named(each.id + suffix);

describe("a run", () => {
  it("without steps makes the event itself", async () => {
    expect(await run([])).toEqual({ kind: "made", events: [event] });
  });

  it("applies steps in order, at once or after a while", async () => {
    expect(await run([append("a"), async (each) => append("b")(each, context)])).toEqual({
      kind: "made",
      events: [named("1ab")],
    });
  });

  it("sends each event of a split on by itself", async () => {
    const split: Decorate = (each) => [named(`${each.id}x`), named(`${each.id}y`)];

    expect(await run([split, split, append("!")])).toEqual({
      kind: "made",
      events: ["1xx!", "1xy!", "1yx!", "1yy!"].map(named),
    });
  });

  it.each([
    ["undefined", () => undefined],
    ["an empty list", () => []],
  ])("is filtered by a step that answers with %s, and no later step runs", async (_, decorate) => {
    const never: Decorate = () => {
      throw new Error("ran");
    };

    expect(await run([decorate, never])).toEqual({ kind: "filtered" });
  });

  it("drops one event of a split and goes on with the others", async () => {
    const split: Decorate = (each) => [named("a"), named("b"), each];

    expect(await run([split, (each) => (each.id === "b" ? undefined : each)])).toEqual({
      kind: "made",
      events: [named("a"), event],
    });
  });
});

describe("the filter", () => {
  it("lets an event through, or ends it before any step", async () => {
    expect(await run([append("a")], "type = 'order' AND data.n = 1")).toMatchObject({ kind: "made" });
    expect(await run([append("a")], "data.n > 1")).toEqual({ kind: "filtered" });
  });

  it("does not let through what it can't be applied to", async () => {
    expect(await run([], "subject = 'x'")).toEqual({ kind: "filtered" });
  });
});

describe("an error", () => {
  it("is a failure that names its step", async () => {
    const failing: Decorate = () => {
      throw new TypeError("no such thing");
    };

    expect(await run([append("a"), failing])).toEqual({
      kind: "failed",
      error: "steps[1] (step1): no such thing",
    });
  });

  it("of a step that answers later is a failure too", async () => {
    expect(await run([async () => Promise.reject(new Error("later"))])).toMatchObject({ kind: "failed" });
  });

  it("that rejects is final", async () => {
    const rejecting: Decorate = () => {
      throw new Reject("not an order");
    };

    expect(await run([rejecting])).toEqual({ kind: "rejected", error: "steps[0] (step0): not an order" });
  });

  it("that rejects is known by its name, when its class was lost on the way", async () => {
    const rejecting: Decorate = () => {
      throw Object.assign(new Error("not an order"), { name: "Reject" });
    };

    expect(await run([rejecting])).toMatchObject({ kind: "rejected" });
  });

  it.each([["a text"], [undefined], [Object.create(null)], [{ toString: null }]])(
    "can be anything that can be thrown: %j",
    async (thrown) => {
      const throwing: Decorate = () => {
        throw thrown;
      };

      expect(await run([throwing])).toMatchObject({ kind: "failed" });
    },
  );

  it("is what becomes of an event that becomes too many", async () => {
    const split =
      (count: number): Decorate =>
      (each) =>
        Array.from({ length: count }, () => each);

    expect(await run([split(EVENTS_OUT_MAX)])).toMatchObject({ kind: "made" });
    expect(await run([split(2), split(EVENTS_OUT_MAX / 2 + 1)])).toMatchObject({ kind: "rejected" });
  });
});
