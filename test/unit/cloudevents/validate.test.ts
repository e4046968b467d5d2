/** Events that were made in the house, by a decorator above all, and reach validation as values. */
import { describe, expect, test } from "vitest";
import { eventKey, validateEvent, type CloudEvent } from "../../../core/cloudevents/index.ts";
import { requiredAttributes } from "./requests.ts";

function faultOf(value: unknown) {
  const validation = validateEvent(value);
  return validation.ok ? undefined : { code: validation.code, path: validation.errors[0]?.path };
}

describe("a value that claims to be an event", () => {
  test("is one by the rules of the JSON format", () => {
    const event = { ...requiredAttributes, data: { total: 5 } };
    expect(validateEvent(event)).toEqual({ ok: true, event });
  });

  test("may have attributes and members of data that are undefined, which JSON leaves out", () => {
    const validation = validateEvent({ ...requiredAttributes, subject: undefined, data: { a: undefined } });
    expect(validation).toEqual({ ok: true, event: { ...requiredAttributes, data: {} } });
    expect(validation.ok && "subject" in validation.event).toBe(false);
  });

  test.each([undefined, null, 5, "event", [], new Date(), () => requiredAttributes, Symbol("a"), 1n])(
    "can't be %s",
    (value) => {
      expect(faultOf(value)).toEqual({ code: "invalid-event", path: "" });
    },
  );

  test.each([
    ["a date", { at: new Date() }, "data.at"],
    ["a map", [new Map()], "data[0]"],
    ["bytes", new Uint8Array(1), "data"],
    ["a function", { toJSON: () => 1 }, "data.toJSON"],
    ["a bigint", { n: { n: 1n } }, "data.n.n"],
    ["NaN", [0, Number.NaN], "data[1]"],
    ["undefined in an array", [undefined], "data[0]"],
    ["a hole in an array", Array.from<unknown>({ length: 1 }).concat(Array(1)), "data[0]"],
  ])("can't have %s in its data", (_title, data, path) => {
    expect(faultOf({ ...requiredAttributes, data })).toEqual({ code: "invalid-event", path });
  });

  test("can't hold itself", () => {
    const data: Record<string, unknown> = {};
    data["self"] = data;
    expect(faultOf({ ...requiredAttributes, data })?.code).toBe("invalid-event");
  });

  test("can't grow in JSON by what it shares", () => {
    let data: object = {};
    for (let level = 0; level < 40; level++) data = { a: data, b: data };
    expect(faultOf({ ...requiredAttributes, data })).toEqual({ code: "event-too-large", path: "" });
  });

  test("can't grow in JSON by the names that it shares, beyond any string", () => {
    const shared = { ["a".repeat(20_000)]: 1 };
    const data = Array.from({ length: 40_000 }, () => shared);
    expect(faultOf({ ...requiredAttributes, data })).toEqual({ code: "event-too-large", path: "" });
  });

  test("is named by the path that it was found under", () => {
    const validation = validateEvent({ ...requiredAttributes, id: "" }, "[7]");
    expect(validation).toMatchObject({ errors: [{ path: "[7].id" }] });
  });
});

describe("an event's key", () => {
  test("is the same for the same source and id, whatever else the events hold", () => {
    const withData: CloudEvent = { ...requiredAttributes, data: 1 };
    const ofAnotherType: CloudEvent = { ...requiredAttributes, type: "other" };
    expect(eventKey(withData)).toBe(eventKey(ofAnotherType));
  });

  test("differs for pairs that would run together if they were joined", () => {
    const pairs = [
      ["/a", "b c"],
      ["/a b", "c"],
      ["/a", '","'],
      ['/a","', ""],
      ["/a\u0000", "b"],
      ["/a", "\u0000b"],
      ["/", "ab c"],
    ] as const;
    expect(new Set(pairs.map(([source, id]) => eventKey({ source, id }))).size).toBe(pairs.length);
  });
});
