import { describe, expect, it } from "vitest";
import type { CloudEvent } from "../../../core/cloudevents/event.ts";
import { toDocument } from "../../../decorators/pipelines/to-document.ts";

const event: CloudEvent = { specversion: "1.0", id: "event-1", source: "/s", type: "t" };

function written(data: object) {
  const answer = toDocument({ ...event, data }, { year: { type: "number" } });
  if (!answer.ok) return answer;
  const { operation } = answer;
  return operation.kind === "put" ? { ...operation, json: JSON.parse(operation.json) } : operation;
}

describe("an event's document", () => {
  it("is its data, under the id in it", () => {
    expect(written({ id: "a", year: 1 })).toEqual({ kind: "put", id: "a", json: { id: "a", year: 1 } });
  });

  it.each([[{}], [{ id: null }]])("has the event's id when the data has none: %j", (data) => {
    expect(written(data)).toEqual({ kind: "put", id: "event-1", json: { id: "event-1" } });
  });

  it("has a number's digits as its id", () => {
    expect(written({ id: 42 })).toEqual({ kind: "put", id: "42", json: { id: "42" } });
  });
});

describe("no document is made", () => {
  it.each([
    ["of data that is no object", { data: [1] }, "invalid-document"],
    ["of no data", {}, "invalid-document"],
    ["of bytes", { data_base64: "AAAA" }, "invalid-document"],
    ["under an id that is neither text nor number", { data: { id: true } }, "invalid-id"],
    ["under an empty id", { data: { id: "" } }, "invalid-id"],
    ["under an event's id that is longer than a document's", { id: "x".repeat(300), data: {} }, "invalid-id"],
  ])("%s", (_, change, code) => {
    expect(toDocument({ ...event, ...change }, {})).toMatchObject({ ok: false, code });
  });

  it("with a field of another type than its declaration's, which the reason names", () => {
    expect(written({ year: "old" })).toMatchObject({ ok: false, message: expect.stringContaining("year") });
  });
});
