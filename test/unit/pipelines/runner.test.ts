import { afterEach, describe, expect, it, vi } from "vitest";
import type { CloudEvent } from "../../../core/cloudevents/event.ts";
import { compileEventFilter } from "../../../core/cesql/index.ts";
import { Later, Reject, type Decorate } from "../../../decorators/contract.ts";
import { contextWith } from "../decorators/memory-services.ts";
import type { OnError } from "../../../core/contracts/pipelines.ts";
import type { CompiledPipeline } from "../../../decorators/pipelines/compile.ts";
import { EVENT_RUN_MAX_MS, EVENTS_OUT_MAX, STEP_RUN_MAX_MS } from "../../../decorators/pipelines/limits.ts";
import { runPipeline, type StepReport } from "../../../decorators/pipelines/runner.ts";

const event: CloudEvent = { specversion: "1.0", id: "1", source: "/s", type: "order", data: { n: 1 } };
const context = contextWith();

function pipeline(steps: Decorate[], filter?: string, onError: OnError = "retry"): CompiledPipeline {
  const compiled: CompiledPipeline = {
    steps: steps.map((decorate, n) => ({ use: `step${n}`, decorate, onError })),
    deliver: [],
    retry: {},
    keep: false,
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
      at: { step: 1, use: "step1", event: named("1a") },
    });
  });

  it("that asks to wait is no failure, and says how long, whatever onError says", async () => {
    const waiting: Decorate = () => {
      throw new Later("no permit", 700);
    };

    for (const onError of ["retry", "dead", "continue"] as const) {
      expect(await runPipeline(pipeline([waiting], undefined, onError), event, context)).toMatchObject({
        kind: "waiting",
        error: "steps[0] (step0): no permit",
        delayMs: 700,
      });
    }
  });

  it("of a step that answers later is a failure too", async () => {
    expect(await run([async () => Promise.reject(new Error("later"))])).toMatchObject({ kind: "failed" });
  });

  it("that rejects is final", async () => {
    const rejecting: Decorate = () => {
      throw new Reject("not an order");
    };

    expect(await run([rejecting])).toMatchObject({
      kind: "rejected",
      error: "steps[0] (step0): not an order",
    });
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

describe("what a step answers with", () => {
  const answering = (made: unknown): Promise<unknown> => run([() => made as CloudEvent]);
  const cyclic: Record<string, unknown> = {};
  cyclic["self"] = cyclic;

  it.each([
    ["megabytes", { ...event, data: "x".repeat(5_000_000) }, "96"],
    ["a list of a million", Array.from({ length: 1_000_000 }, () => event), "at most 1000 events"],
    ["a function inside", { ...event, data: { run: () => undefined } }, "data.run"],
    ["a class's object inside", { ...event, data: new Map() }, "data"],
    ["a cycle", { ...event, data: cyclic }, "data"],
    ["a number that JSON has not", { ...event, data: { n: Number.NaN } }, "data.n"],
    ["an event without an id", { ...event, id: "" }, "id"],
    ["null", null, "object"],
    ["a text", "event", "object"],
  ])("is refused for good when it is %s", async (_, made, naming) => {
    const outcome = await answering(made);

    expect(outcome).toMatchObject({ kind: "rejected", at: { step: 0, event } });
    expect(JSON.stringify(outcome)).toContain(naming === "96" ? "at most 98304 bytes" : naming);
  });

  it("gets ids of their own where a split gave several events one, the same each time", async () => {
    const thrice: Decorate = (each) => [each, each, { ...each, id: "1-2" }];
    const ids = async (): Promise<string[]> => {
      const outcome = await run([thrice]);
      return outcome.kind === "made" ? outcome.events.map(({ id }) => id) : [];
    };

    expect(await ids()).toEqual(["1", "1-2", "1-2-2"]);
    expect(await ids()).toEqual(await ids());
  });
});

describe("a step that never answers", () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it("fails its event when its time is over, and a few runs of that are enough", async () => {
    vi.useFakeTimers();
    const outcome = run([async () => Promise.withResolvers<never>().promise]);
    await vi.advanceTimersByTimeAsync(STEP_RUN_MAX_MS);

    expect(await outcome).toMatchObject({
      kind: "failed",
      error: `steps[0] (step0): it did not answer within ${STEP_RUN_MAX_MS} ms`,
      attemptsMax: 3,
    });
  });

  it("is given no more than what is left of its event's time", async () => {
    vi.useFakeTimers();
    const slow: Decorate = async (each) => {
      const { promise, resolve } = Promise.withResolvers<CloudEvent>();
      setTimeout(resolve, STEP_RUN_MAX_MS - 1, each);
      return promise;
    };
    const outcome = run([slow, slow, slow, slow, slow]);
    await vi.advanceTimersByTimeAsync(10 * STEP_RUN_MAX_MS);

    expect(await outcome).toMatchObject({
      kind: "failed",
      at: { step: 4 },
      error: expect.stringMatching(/time was over/),
    });
  });
});

describe("onError", () => {
  const failing: Decorate = () => {
    throw new Error("no");
  };
  const runWith = (onError: OnError, ...steps: Decorate[]) =>
    runPipeline(pipeline(steps, undefined, onError), event, context);

  it("retry tries what failed again", async () => {
    expect(await runWith("retry", failing)).toMatchObject({ kind: "failed" });
  });

  it("dead gives up at once", async () => {
    expect(await runWith("dead", failing)).toMatchObject({ kind: "rejected", error: "steps[0] (step0): no" });
  });

  it("continue goes on with the event as it was, also where it was rejected", async () => {
    const rejecting: Decorate = () => {
      throw new Reject("no");
    };

    expect(await runWith("continue", append("a"), failing, rejecting, append("b"))).toEqual({
      kind: "made",
      events: [named("1ab")],
    });
  });
});

it("tells an onlooker of every step: what it was given, what it made, what went wrong", async () => {
  const reports: StepReport[] = [];
  const compiled = pipeline(
    [
      (each) => [named(`${each.id}x`), named(`${each.id}y`)],
      (each) => {
        if (each.id === "1x") throw new Error("no x");
        return undefined;
      },
    ],
    undefined,
    "continue",
  );
  let clock = 0;
  await runPipeline(compiled, event, context, {
    now: () => ++clock,
    onStep: (report) => reports.push(report),
  });

  expect(reports).toEqual([
    { step: 0, use: "step0", given: event, made: [named("1x"), named("1y")], tookMs: 1 },
    { step: 1, use: "step1", given: named("1x"), made: [named("1x")], error: "no x", tookMs: 1 },
    { step: 1, use: "step1", given: named("1y"), made: [], tookMs: 1 },
  ]);
});

describe("a step that gathers", () => {
  const split: Decorate = (each) => [named(`${each.id}a`), named(`${each.id}b`), named(`${each.id}c`)];
  /** Answers all of one turn together. */
  function gatherer() {
    const sizes: number[] = [];
    let waiting: (() => void)[] = [];
    const decorate: Decorate = async (each) =>
      new Promise((resolve, reject) => {
        if (waiting.length === 0) {
          setTimeout(() => {
            sizes.push(waiting.length);
            for (const answer of waiting) answer();
            waiting = [];
          }, 0);
        }
        waiting.push(() => (each.id.endsWith("b") ? reject(new Error("no b")) : resolve(each)));
      });
    return { decorate, sizes };
  }
  const compiled = (decorate: Decorate, onError: OnError): CompiledPipeline => {
    const { steps, ...others } = pipeline([split, decorate], undefined, onError);
    return { ...others, steps: steps.map((step, n) => ({ ...step, gathers: n === 1 })) };
  };

  it("begins all events of a split at once, each with its own answer in its place", async () => {
    const { decorate, sizes } = gatherer();

    expect(await runPipeline(compiled(decorate, "continue"), event, context)).toEqual({
      kind: "made",
      events: ["1a", "1b", "1c"].map(named),
    });
    expect(sizes).toEqual([3]);
  });

  it("fails its event by the first that failed, and leaves nothing that nobody waits for", async () => {
    const { decorate } = gatherer();

    expect(await runPipeline(compiled(decorate, "retry"), event, context)).toMatchObject({
      kind: "failed",
      error: "steps[1] (step1): no b",
      at: { step: 1, event: named("1b") },
    });
  });

  it("runs one event after the other for whoever measures them", async () => {
    const { decorate, sizes } = gatherer();
    const watch = { now: () => 0, oneByOne: true };
    await runPipeline(compiled(decorate, "continue"), event, context, watch);

    expect(sizes).toEqual([1, 1, 1]);
  });
});

describe("a step that runs functions", () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it("has its event's time, and beyond it the event waits: others' events may have held it up", async () => {
    vi.useFakeTimers();
    const { steps, ...others } = pipeline([async () => Promise.withResolvers<never>().promise]);
    const functions = { ...others, steps: steps.map((step) => ({ ...step, runsFunctions: true })) };
    const outcome = runPipeline(functions, event, context);
    await vi.advanceTimersByTimeAsync(EVENT_RUN_MAX_MS);

    expect(await outcome).toMatchObject({ kind: "waiting", error: expect.stringContaining("time was over") });
  });
});
