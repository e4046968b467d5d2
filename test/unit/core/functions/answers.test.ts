import { describe, expect, it } from "vitest";
import { fitnessOf } from "../../../../core/functions/fitness.ts";
import { isolateFailure } from "../../../../core/functions/isolate-failure.ts";
import { errorFailure, loadedAnswer, placeOf, ranAnswer } from "../../../../core/functions/raw-answer.ts";

describe("an answer out of an isolate", () => {
  it.each([
    null,
    7,
    "text",
    [],
    {},
    { items: 1 },
    { items: [null] },
    { items: [{}] },
    { items: [{ json: 1 }] },
    { items: [{ json: () => "1" }] },
    { items: [{ steps: 1, error: 1 }] },
  ])("is believed in nothing: %j", (answer) => {
    expect(ranAnswer(answer, "handle")).toMatchObject({ ok: false, code: "function-wrong-result" });
  });

  it("has no steps where it says something else", () => {
    expect(ranAnswer({ steps: "many", items: [{ steps: -1, json: "1" }] }, "handle")).toEqual({
      ok: true,
      steps: 0,
      items: [{ steps: 0, json: "1" }],
    });
  });

  it("says what was exported, of each name", () => {
    expect(loadedAnswer({ types: ["function", "undefined"] }, 2)).toEqual({
      ok: true,
      types: ["function", "undefined"],
    });
    expect(loadedAnswer({ types: ["function"] }, 2)).toMatchObject({ ok: false });
  });

  it("may not say that it met what is no limit", () => {
    const error = { code: "unauthorized", name: "Error", message: "mine", stack: "" };
    expect(errorFailure(error)).toMatchObject({ code: "function-failed", message: "mine" });
    expect(errorFailure({ ...error, code: "toString" })).toMatchObject({ code: "function-failed" });
  });

  it("has its place in the user's modules, the innermost", () => {
    const stack =
      "\n    at check (umbel/harness.js:9:1)\n    at f (user/lib/a.js:4:9)\n    at Module.handle (user/index.js:2:3)";
    expect(placeOf(stack)).toEqual({ module: "lib/a.js", line: 4 });
    expect(placeOf("at umbel/harness.js:9:1")).toBeUndefined();
  });
});

describe("an isolate that fails", () => {
  it.each([
    ["Worker exceeded CPU time limit.", "function-cpu-exceeded"],
    ["Worker exceeded memory limit.", "function-out-of-memory"],
    [
      "The Workers runtime canceled this request because it detected that your Worker's code had hung and would never generate a response.",
      "function-call-timeout",
    ],
    ["Network connection lost.", "unavailable"],
  ])("%s", (message, code) => {
    expect(isolateFailure(new Error(message))).toMatchObject({ ok: false, code });
  });

  it("says why it did not start, and where", () => {
    const error = new Error(
      "Failed to start Worker:\nUncaught SyntaxError: Unexpected token ';'\n  at user/index.js:1:34",
    );
    expect(isolateFailure(error)).toMatchObject({
      code: "function-failed",
      message: "SyntaxError: Unexpected token ';'",
      module: "index.js",
      line: 1,
    });
  });

  it("shows nothing of what is not known", () => {
    expect(isolateFailure(new Error("internal.host:8080 refused")).message).not.toContain("internal");
  });
});

describe("fitness", () => {
  it("is not known of what was not called", () => {
    expect(fitnessOf({ codeBytes: 100 })).toEqual({ verdict: "unmeasured", reasons: [] });
  });

  it("is by the median of times and the most of steps", () => {
    const calls = [1, 1, 400].map((ms) => ({ ms, steps: ms }));
    expect(fitnessOf({ calls })).toEqual({ verdict: "fit", reasons: [], stepsMax: 400, callMs: 1 });
  });

  it("gives a reason for all that is too much", () => {
    const heavy = {
      codeBytes: 200_000,
      loadMs: 300,
      calls: [{ ms: 30, steps: 2e6 }],
      warnings: ["a warning"],
    };
    expect(fitnessOf(heavy)).toMatchObject({ verdict: "heavy", reasons: { length: 5 } });
  });
});
