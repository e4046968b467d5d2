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
    ["invalid-json", ""],
    ["invalid-cursor", "cursor"],
    ["invalid-bookmark", "bookmark"],
  ] as const)("of %s input names its place: %j", async (code, path) => {
    expect(await problemResponse(new Problem(code, "It is wrong.")).json()).toMatchObject({
      errors: [{ path, message: "It is wrong." }],
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

  it("that is a used-up limit says which, and when to come again", () => {
    const limit = { policy: "answers", quota: 20, windowMs: 3_600_000, retryMs: 179_001 };
    const { status, headers } = problemResponse(
      Problem.from({ ...failure("rate-limited", "Too many."), limit }),
    );

    expect(status).toBe(429);
    expect(headers.get("retry-after")).toBe("180");
    expect(headers.get("ratelimit")).toBe('"answers";r=0;t=180');
    expect(headers.get("ratelimit-policy")).toBe('"answers";q=20;w=3600');
  });

  it("that is a wrong code asks for no key", () => {
    const { status, headers } = problemResponse(new Problem("wrong-code", ""));
    expect(status).toBe(401);
    expect(headers.get("www-authenticate")).toBeNull();
  });

  it("that wants a key says which kind", () => {
    expect(problemResponse(new Problem("unauthorized", "")).headers.get("www-authenticate")).toBe(
      'Bearer realm="umbel"',
    );
  });
});
