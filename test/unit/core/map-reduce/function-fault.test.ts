import { expect, it } from "vitest";
import { isFunctionFault } from "../../../../core/map-reduce/function-fault.ts";
import { verdictOn } from "../../../../core/scatter/verdict.ts";

it.each([
  "function-failed",
  "function-wrong-result",
  "function-output-too-large",
  "function-too-many-steps",
  "function-call-timeout",
  "function-lacks-kind",
  "unknown-version",
  "partial-too-large",
] as const)("%s is the function's own fault: no replica is asked instead, and none is to blame", (code) => {
  expect(isFunctionFault(code)).toBe(true);
  expect(verdictOn(code)).toEqual({ retry: false, blame: false });
});

it.each(["unavailable", "corrupt", "deadline-exceeded", "stale-epoch", "replica-behind"] as const)(
  "%s is not",
  (code) => expect(isFunctionFault(code)).toBe(false),
);

it("a leaf that is busy with functions is no function's fault: another may have room", () => {
  expect(isFunctionFault("function-busy")).toBe(false);
  expect(verdictOn("function-busy")).toEqual({ retry: true, blame: false });
});
