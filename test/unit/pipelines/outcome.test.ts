import { describe, expect, it } from "vitest";
import {
  ATTEMPTS_MAX,
  BACKOFF_FIRST_MS,
  BACKOFF_MAX_MS,
  ERROR_CHARS_MAX,
} from "../../../decorators/pipelines/limits.ts";
import { backoffMs, troubleOf, verdict, worst, type Outcome } from "../../../decorators/pipelines/outcome.ts";

const first = { failures: 0, waits: 0 };

describe("a verdict", () => {
  it("is death at once for what can never pass", () => {
    expect(verdict({ kind: "rejected", error: "no" }, first, 0)).toEqual({ kind: "dead", error: "no" });
  });

  it("is another try for what failed, until it has failed often enough", () => {
    const failed: Outcome = { kind: "failed", error: "oh" };

    expect(verdict(failed, first, 0)).toEqual({
      kind: "retry",
      error: "oh",
      delayMs: BACKOFF_FIRST_MS / 2,
      waiting: false,
    });
    expect(verdict(failed, { failures: ATTEMPTS_MAX - 2, waits: 0 }, 0).kind).toBe("retry");
    expect(verdict(failed, { failures: ATTEMPTS_MAX - 1, waits: 0 }, 0)).toEqual({
      kind: "dead",
      error: "oh",
    });
  });

  it("never is death for what waits for the platform, however long", () => {
    const waiting: Outcome = { kind: "waiting", error: "away" };

    expect(verdict(waiting, { failures: 0, waits: 1_000 }, 0)).toEqual({
      kind: "retry",
      error: "away",
      delayMs: BACKOFF_MAX_MS / 2,
      waiting: true,
    });
  });

  it("counts failures and waits apart", () => {
    const before = { failures: 1, waits: 100 };

    expect(verdict({ kind: "failed", error: "oh" }, before, 0)).toMatchObject({
      kind: "retry",
      delayMs: BACKOFF_FIRST_MS,
    });
    expect(verdict({ kind: "waiting", error: "oh" }, { failures: 100, waits: 1 }, 0)).toMatchObject({
      kind: "retry",
      delayMs: BACKOFF_FIRST_MS,
    });
  });

  it("holds an error in bounded length", () => {
    const answer = verdict({ kind: "rejected", error: "x".repeat(10_000) }, first, 0);

    expect(answer.kind === "dead" && answer.error.length).toBe(ERROR_CHARS_MAX);
  });
});

describe("the wait before another try", () => {
  it("doubles up to its longest", () => {
    expect([1, 2, 3, 100].map((times) => backoffMs(times, 1))).toEqual([
      BACKOFF_FIRST_MS,
      2 * BACKOFF_FIRST_MS,
      4 * BACKOFF_FIRST_MS,
      BACKOFF_MAX_MS,
    ]);
  });

  it("is by half a matter of chance", () => {
    expect(backoffMs(3, 0)).toBe(2 * BACKOFF_FIRST_MS);
    expect(backoffMs(3, 0.5)).toBe(3 * BACKOFF_FIRST_MS);
  });
});

describe("what a sibling's failure means", () => {
  it.each([
    ["invalid-document", "rejected"],
    ["document-too-large", "rejected"],
    ["unavailable", "waiting"],
    ["stale-epoch", "waiting"],
    ["deadline-exceeded", "waiting"],
    ["internal", "failed"],
  ] as const)("%s: %s", (code, kind) => {
    expect(troubleOf(code, "e")).toEqual({ kind, error: "e" });
  });
});

describe("of two outcomes", () => {
  it("the graver counts, and of two as grave the first", () => {
    const outcomes: Outcome[] = [
      { kind: "delivered" },
      { kind: "waiting", error: "a" },
      { kind: "failed", error: "b" },
      { kind: "rejected", error: "c" },
    ];

    for (const [at, graver] of outcomes.entries()) {
      for (const lighter of outcomes.slice(0, at)) {
        expect(worst(lighter, graver)).toBe(graver);
        expect(worst(graver, lighter)).toBe(graver);
      }
    }
    expect(worst({ kind: "failed", error: "first" }, { kind: "failed", error: "second" })).toMatchObject({
      error: "first",
    });
  });
});
