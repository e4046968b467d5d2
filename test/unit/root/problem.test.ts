import { describe, expect, it } from "vitest";
import { failure } from "../../../core/errors.ts";
import { Problem, problemResponse } from "../../../root-worker/problem.ts";

describe("a problem", () => {
  it("is answered as RFC 9457 has it", async () => {
    const response = problemResponse(
      Problem.from(failure("invalid-request", "limit: too big", [{ path: "limit", message: "too big" }])),
    );

    expect(response.status).toBe(400);
    expect(response.headers.get("content-type")).toBe("application/problem+json");
    expect(await response.json()).toEqual({
      type: "urn:umbel:problem:invalid-request",
      title: "The request is not valid",
      status: 400,
      detail: "limit: too big",
      code: "invalid-request",
      errors: [{ path: "limit", message: "too big" }],
    });
  });

  it("carries members of its own, and no errors where there are none", async () => {
    const problem = new Problem("broken-stream", "It broke off.", undefined, { written: 3 });

    expect(await problemResponse(problem).json()).toEqual({
      type: "urn:umbel:problem:broken-stream",
      title: "The body broke off",
      status: 400,
      detail: "It broke off.",
      code: "broken-stream",
      written: 3,
    });
  });

  it.each([
    ["unavailable", "1"],
    ["shards-unavailable", "1"],
    ["not-configured", null],
    ["unauthorized", null],
    ["internal", null],
  ] as const)("that is %s says when to try again: %s", (code, retryAfter) => {
    expect(problemResponse(new Problem(code, "")).headers.get("retry-after")).toBe(retryAfter);
  });

  it("that wants a key says which kind", () => {
    expect(problemResponse(new Problem("unauthorized", "")).headers.get("www-authenticate")).toBe(
      'Bearer realm="umbel"',
    );
  });
});
