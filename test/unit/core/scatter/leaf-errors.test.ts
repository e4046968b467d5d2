import { expect, it } from "vitest";
import { mayAskAgain } from "../../../../core/scatter/leaf-errors.ts";

it.each([
  ["an instance that was reset", { durableObjectReset: true }, true],
  ["a way that broke", { retryable: true }, true],
  ["an overloaded object", { retryable: true, overloaded: true }, false],
  ["a fault of ours", {}, false],
])("after %s (%j) the same leaf may be asked again: %s", (_, marks, again) => {
  expect(mayAskAgain(Object.assign(new Error("no"), marks))).toBe(again);
});

it("nothing is known of what is no error", () => {
  expect([undefined, null, "overloaded"].map(mayAskAgain)).toEqual([false, false, false]);
});
