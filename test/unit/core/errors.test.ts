import { expect, it } from "vitest";
import { errorKind, failure, type ErrorCode } from "../../../core/errors.ts";

/** api.md's statuses, by code. The type makes this table miss none. */
const STATUSES: Record<ErrorCode, number> = {
  "invalid-request": 400,
  "invalid-json": 400,
  "invalid-id": 400,
  "invalid-document": 400,
  "invalid-query": 400,
  "invalid-filter": 400,
  "invalid-cursor": 400,
  "invalid-bookmark": 400,
  "invalid-event": 400,
  "unknown-field": 400,
  "broken-stream": 400,
  unauthorized: 401,
  "wrong-code": 401,
  forbidden: 403,
  "not-found": 404,
  "unknown-collection": 404,
  "unknown-document": 404,
  "unknown-pipeline": 404,
  "unknown-event": 404,
  "unknown-version": 404,
  "method-not-allowed": 405,
  conflict: 409,
  gone: 410,
  "precondition-failed": 412,
  "too-large": 413,
  "document-too-large": 413,
  "event-too-large": 413,
  "batch-too-large": 413,
  "unsupported-media-type": 415,
  "pipeline-fan-out": 422,
  "budget-exceeded": 429,
  "unknown-function": 404,
  "function-code-too-large": 413,
  "function-too-many-modules": 413,
  "function-input-too-large": 413,
  "invalid-function": 422,
  "function-lacks-kind": 422,
  "function-failed": 422,
  "function-wrong-result": 422,
  "function-output-too-large": 422,
  "function-too-many-steps": 422,
  "function-call-timeout": 422,
  "function-batch-timeout": 422,
  "function-cpu-exceeded": 422,
  "function-out-of-memory": 422,
  "function-busy": 503,
  "failed-examples": 422,
  "pipeline-cycle": 422,
  "event-rejected": 422,
  "partial-too-large": 422,
  "rate-limited": 429,
  internal: 500,
  "upstream-failed": 502,
  corrupt: 503,
  "replica-behind": 503,
  cancelled: 503,
  "stale-epoch": 503,
  "shards-unavailable": 503,
  unavailable: 503,
  "not-configured": 503,
  "deadline-exceeded": 504,
};

const codes = Object.keys(STATUSES) as ErrorCode[]; // the table's keys are the codes

it.each(codes)("answers %s with its status and a title", (code) => {
  expect(errorKind(code).status).toBe(STATUSES[code]);
  expect(errorKind(code).title).toMatch(/^[A-Z][^.]+$/);
});

it("calls no fault of the request worth repeating, but for a body that broke off and one that came too soon", () => {
  const repeatable = codes.filter((code) => STATUSES[code] < 500 && errorKind(code).retryable);

  expect(repeatable).toEqual(["broken-stream", "rate-limited"]);
});

it("makes a failure that survives cloning, with errors only where there are any", () => {
  expect(structuredClone(failure("conflict", "No."))).toEqual({
    ok: false,
    code: "conflict",
    message: "No.",
  });
  expect(
    failure("invalid-request", "No.", [{ path: "q", message: "is not known here" }]).errors,
  ).toHaveLength(1);
});
