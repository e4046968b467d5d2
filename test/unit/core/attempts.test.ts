import { describe, expect, it } from "vitest";
import { HISTORY_MAX, withAttempt } from "../../../core/attempts.ts";
import type { Attempt } from "../../../core/contracts/queue.ts";

const attempt = (error: string, at: number, version = 1): Attempt => ({ at, version, error, times: 1 });

describe("the history of an event that fails", () => {
  it("counts what goes wrong alike, from when it began, and tells versions apart", () => {
    const history = [
      attempt("a", 1),
      attempt("a", 2),
      attempt("b", 3),
      attempt("a", 4),
      attempt("a", 5, 2),
    ].reduce<Attempt[]>(withAttempt, []);

    expect(history).toEqual([
      { at: 1, version: 1, error: "a", times: 2 },
      attempt("b", 3),
      attempt("a", 4),
      attempt("a", 5, 2),
    ]);
  });

  it("keeps the latest", () => {
    let history: Attempt[] = [];
    for (let n = 0; n < 100; n++) history = withAttempt(history, attempt(`error ${n}`, n));

    expect(history).toHaveLength(HISTORY_MAX);
    expect(history.at(-1)?.error).toBe("error 99");
  });
});
