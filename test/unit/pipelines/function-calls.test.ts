import { beforeEach, describe, expect, it, vi } from "vitest";
import type { CloudEvent } from "../../../core/cloudevents/event.ts";
import { withRoute } from "../../../core/cloudevents/platform-attributes.ts";
import { failure } from "../../../core/errors.ts";
import type { DecoratedItem, FunctionAnswer } from "../../../core/functions/answers.ts";
import type { DecorateInput, FunctionHost } from "../../../core/functions/function-host.ts";
import { FunctionCalls, type CallReport } from "../../../decorators/pipelines/function-calls.ts";
import { FUNCTION_CALL_EVENTS_MAX } from "../../../decorators/pipelines/limits.ts";
import type { FunctionCall } from "../../../decorators/services.ts";
import { contextWith } from "../decorators/memory-services.ts";

const V1 = "00000000000000a1";
const V2 = "00000000000000a2";
const usage = { steps: 5, ms: 2, bytesIn: 10, bytesOut: 10 };
const event = (id: string): CloudEvent => ({ specversion: "1.0", id, source: "/s", type: "t", data: { id } });
const marked = (given: CloudEvent): DecoratedItem => ({
  ok: true,
  steps: 1,
  events: [{ ...given, data: { id: given.id, seen: true } }],
});

type Answer = FunctionAnswer<{ items: DecoratedItem[] }>;
type Decorate = FunctionHost["decorate"];

/** A host that answers for each event, unless the call as a whole goes wrong. */
function setUp(one: (input: DecorateInput) => DecoratedItem, whole?: (ids: string[]) => Answer | undefined) {
  const sizes: number[] = [];
  const reports: CallReport[] = [];
  let clock = 0;
  const decorate = vi.fn<Decorate>(async ({ version = V1 }, inputs) => {
    sizes.push(inputs.length);
    clock += 10;
    return (
      whole?.(inputs.map((input) => input.event.id)) ?? { ok: true, version, usage, items: inputs.map(one) }
    );
  });
  const calls = new FunctionCalls({
    host: { decorate },
    now: () => clock,
    onCall: (report) => reports.push(report),
  });
  const run = (ids: readonly string[], call: FunctionCall = { name: "lang" }) =>
    Promise.allSettled(ids.map((id) => calls.decorate(call, event(id), contextWith())));
  return { calls, decorate, sizes, reports, run, pass: (ms: number) => (clock += ms) };
}

/** What became of each: the id of what was made, or the error's name and message. */
const told = (results: readonly PromiseSettledResult<unknown>[]) =>
  results.map((result) => {
    if (result.status === "fulfilled") return "made";
    const { reason }: { reason: unknown } = result;
    return reason instanceof Error ? `${reason.name}: ${reason.message}` : "no error";
  });

beforeEach(() => {
  vi.spyOn(console, "error").mockImplementation(() => undefined);
});

describe("events of one turn", () => {
  it("go over in one call a version, each with its own context, and each gets its own answer", async () => {
    const { calls, decorate } = setUp(({ event: given }) => marked(given));
    const made = await Promise.all([
      calls.decorate({ name: "lang" }, event("a"), contextWith({ occurrence: "t/1/0" })),
      calls.decorate(
        { name: "lang", options: { field: "x" } },
        event("b"),
        contextWith({ occurrence: "t/1/1", attempt: 3 }),
      ),
      calls.decorate({ name: "lang", version: V2 }, event("c"), contextWith()),
    ]);

    expect(made).toEqual(["a", "b", "c"].map((id) => [{ ...event(id), data: { id, seen: true } }]));
    expect(decorate.mock.calls.map(([ref, inputs]) => [ref, inputs.length])).toEqual([
      [{ name: "lang" }, 2],
      [{ name: "lang", version: V2 }, 1],
    ]);
    const [, inputs] = decorate.mock.calls[0] ?? [];
    expect(inputs?.map(({ context }) => context)).toMatchObject([
      { occurrence: "t/1/0", attempt: 1 },
      { occurrence: "t/1/1", attempt: 3, options: { field: "x" } },
    ]);
    expect(inputs?.[0]?.context).not.toHaveProperty("services");
  });

  it("that are many go over in several calls", async () => {
    const { run, sizes } = setUp(({ event: given }) => marked(given));
    const ids = Array.from({ length: FUNCTION_CALL_EVENTS_MAX * 2 + 1 }, (_, n) => String(n));

    expect(told(await run(ids)).every((each) => each === "made")).toBe(true);
    expect(sizes).toEqual([FUNCTION_CALL_EVENTS_MAX, FUNCTION_CALL_EVENTS_MAX, 1]);
  });

  it("are counted with their errors", async () => {
    const { run, reports } = setUp(({ event: given }) =>
      given.id === "bad" ? failure("function-failed", "no") : marked(given),
    );
    await run(["a", "bad", "c"]);

    expect(reports).toEqual([{ name: "lang", version: V1, items: 3, errors: 1, usage }]);
  });
});

describe("an error", () => {
  const thrown = (item: DecoratedItem) =>
    setUp(() => item)
      .run(["a"])
      .then(told);

  it("has the function's own message, its version, and the place in its code", async () => {
    const failed = { ...failure("function-failed", "TypeError: no text"), module: "lib/a.js", line: 7 };

    expect(await thrown(failed)).toEqual([`Error: lang@${V1}: TypeError: no text (lib/a.js:7)`]);
    expect(await thrown({ ...failed, outcome: "reject" })).toEqual([
      `Reject: lang@${V1}: TypeError: no text (lib/a.js:7)`,
    ]);
  });

  it("that asks to wait says how long", async () => {
    const { run } = setUp(() => ({ ...failure("function-failed", "later"), outcome: "later", delayMs: 700 }));
    const [result] = await run(["a"]);

    expect(result).toMatchObject({ status: "rejected", reason: { name: "Later", delayMs: 700 } });
  });

  it.each([
    ["function-too-many-steps", "Reject"],
    ["function-wrong-result", "Reject"],
    ["function-output-too-large", "Reject"],
    ["function-call-timeout", "TooLate"],
    ["function-out-of-memory", "TooLate"],
    ["function-busy", "Later"],
    ["unavailable", "Later"],
    ["unknown-function", "Error"],
    ["internal", "Error"],
  ] as const)("with the code %s is a %s", async (code, name) => {
    expect((await thrown(failure(code, "m")))[0]).toMatch(new RegExp(`^${name}: lang@`));
  });

  it("of the host itself is no event's fault", async () => {
    const { calls, decorate } = setUp(({ event: given }) => marked(given));
    decorate.mockRejectedValue(new Error("gone"));

    await expect(calls.decorate({ name: "lang" }, event("a"), contextWith())).rejects.toMatchObject({
      name: "Later",
      message: "lang: It could not be run.",
    });
  });
});

describe("a call that fails as a whole", () => {
  const without = (killer: string, code: "function-cpu-exceeded" | "unavailable" = "function-cpu-exceeded") =>
    setUp(
      ({ event: given }) => marked(given),
      (ids) => (ids.includes(killer) ? { ...failure(code, "ended"), version: V1 } : undefined),
    );

  it("is made again in halves until it is known which event it was, and no other pays", async () => {
    const { run, sizes } = without("5");
    const results = told(await run(Array.from({ length: 16 }, (_, n) => String(n))));

    expect(results.filter((each) => each !== "made")).toEqual([`TooLate: lang@${V1}: ended`]);
    expect(results[5]).not.toBe("made");
    // Twice for each halving at most.
    expect(sizes.length).toBeLessThanOrEqual(1 + 2 * 4);
  });

  it("may be told of as an isolate that can't be reached: no outage, where others were answered", async () => {
    const { run } = without("5", "unavailable");
    const results = told(await run(Array.from({ length: 8 }, (_, n) => String(n))));

    expect(results.filter((each) => each !== "made")).toEqual([`Error: lang@${V1}: ended`]);
  });

  it("of an event by itself is taken for an outage a number of times, and not for ever", async () => {
    const { calls } = without("x", "unavailable");
    const attempt = (n: number) => calls.decorate({ name: "lang" }, event("x"), contextWith({ attempt: n }));

    await expect(attempt(12)).rejects.toMatchObject({ name: "Later" });
    await expect(attempt(13)).rejects.toMatchObject({ name: "Error" });
  });

  it("is not made again where the place in the code is known: it is no event's doing", async () => {
    const { run, sizes } = setUp(
      ({ event: given }) => marked(given),
      () => ({ ...failure("function-failed", "at load"), version: V1, module: "index.js", line: 1 }),
    );

    expect(told(await run(["a", "b"]))).toEqual(
      Array.from({ length: 2 }, () => `Error: lang@${V1}: at load (index.js:1)`),
    );
    expect(sizes).toEqual([2]);
  });
});

describe("events that those before them left no time or room", () => {
  it.each(["function-batch-timeout", "function-output-too-large"] as const)(
    "(%s) are run again without these, and blamed only when they were first",
    async (code) => {
      const slow = new Set(["a", "c"]);
      const { calls, decorate } = setUp(({ event: given }) => marked(given));
      decorate.mockImplementation(async (_, inputs) => {
        const first = inputs.findIndex((input) => slow.has(input.event.id));
        const items = inputs.map(({ event: given }, index) =>
          first !== -1 && index >= first ? failure(code, "no more") : marked(given),
        );
        return { ok: true, version: V1, usage, items };
      });
      const results = await Promise.allSettled(
        ["a", "b", "c", "d"].map((id) => calls.decorate({ name: "lang" }, event(id), contextWith())),
      );

      expect(told(results).map((each) => each === "made")).toEqual([false, true, false, true]);
    },
  );

  it("wait for another time when there is none left, which is not their fault", async () => {
    const { calls, decorate, pass } = setUp(({ event: given }) => marked(given));
    decorate.mockImplementation(async (_, inputs) => {
      pass(4_000);
      const items = inputs.map(({ event: given }, index) =>
        index === 0 ? marked(given) : failure("function-batch-timeout", "no more"),
      );
      return { ok: true, version: V1, usage, items };
    });
    const results = await Promise.allSettled(
      ["a", "b", "c", "d"].map((id) => calls.decorate({ name: "lang" }, event(id), contextWith())),
    );

    expect(told(results)).toEqual([
      "made",
      "made",
      ...Array(2).fill("Later: lang: it was busy with other events."),
    ]);
  });
});

describe("attributes of the platform", () => {
  const routed = withRoute(event("a"), [{ topic: "elsewhere" }]);

  it("are not shown to a function, and stay as they were on all that it makes", async () => {
    const { calls, decorate } = setUp(({ event: given }) => ({
      ok: true,
      steps: 1,
      events: [
        { ...given, id: "a:0" },
        { ...given, id: "a:1" },
      ],
    }));

    expect(await calls.decorate({ name: "lang" }, routed, contextWith())).toEqual([
      { ...routed, id: "a:0" },
      { ...routed, id: "a:1" },
    ]);
    expect(decorate.mock.calls[0]?.[1][0]?.event).toEqual(event("a"));
  });

  it("can't be forged: the event is rejected", async () => {
    const { run } = setUp(({ event: given }) => ({
      ok: true,
      steps: 1,
      events: [{ ...given, umbelroute: '[{"collection":"secrets"}]' }],
    }));

    expect(told(await run(["a"]))).toEqual([
      `Reject: lang@${V1}: it sets "umbelroute", which is the platform's.`,
    ]);
  });
});
