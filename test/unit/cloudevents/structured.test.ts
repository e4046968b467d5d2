/** Structured mode and batches: the JSON event format. */
import { describe, expect, test } from "vitest";
import { decode, decodeBatch, decodeStructured, onlyEvent, requiredAttributes } from "./requests.ts";

describe("a structured event", () => {
  test("keeps every attribute and extension as it was sent", () => {
    const event = {
      ...requiredAttributes,
      source: "https://shop.example/carts?open=true#7",
      datacontenttype: "application/json; charset=utf-8",
      dataschema: "https://shop.example/order.json#/v2",
      subject: "Größe 44 / 靴 👟",
      time: "2026-01-31T09:30:00.000001Z",
      count: -2147483648,
      most: 2147483647,
      sampled: false,
      note: "",
      averylongextensionname1234567890: "x",
      "2fa": "yes",
      data: { total: 12.5, items: [{ sku: "a" }], paid: null },
    };
    expect(decodeStructured(event)).toEqual({ ok: true, mode: "structured", events: [event] });
  });

  test("survives structured clone and JSON unchanged", () => {
    const event = onlyEvent(
      decodeStructured({ ...requiredAttributes, attempt: 3, data: [1, { a: "\u{1F600}" }] }),
    );
    expect(structuredClone(event)).toStrictEqual(event);
    expect(JSON.parse(JSON.stringify(event))).toStrictEqual(event);
  });

  test("lacks the attributes that were null", () => {
    const sent = { ...requiredAttributes, subject: null, time: null, note: null, data_base64: null };
    expect(Object.keys(onlyEvent(decodeStructured(sent))).toSorted()).toEqual([
      "id",
      "source",
      "specversion",
      "type",
    ]);
  });

  test("keeps data that is null, which is not the same as no data", () => {
    expect(onlyEvent(decodeStructured({ ...requiredAttributes, data: null }))).toEqual({
      ...requiredAttributes,
      data: null,
    });
    expect("data" in onlyEvent(decodeStructured(requiredAttributes))).toBe(false);
  });

  test("keeps JSON data that is a string as a string, and does not parse it again", () => {
    expect(onlyEvent(decodeStructured({ ...requiredAttributes, data: '{"a":1}' })).data).toBe('{"a":1}');
  });

  test("keeps text as data of a type that is not JSON", () => {
    const sent = { ...requiredAttributes, datacontenttype: "application/xml", data: "<a/>" };
    expect(onlyEvent(decodeStructured(sent))).toEqual(sent);
  });

  test("keeps data_base64 as it was sent, whatever its type", () => {
    const sent = { ...requiredAttributes, datacontenttype: "application/json", data_base64: "e30=" };
    expect(onlyEvent(decodeStructured(sent))).toEqual(sent);
    expect(onlyEvent(decodeStructured({ ...requiredAttributes, data_base64: "" })).data_base64).toBe("");
  });

  test("may begin with a byte order mark", () => {
    const decoded = decode(
      { "content-type": "application/cloudevents+json" },
      `\uFEFF${JSON.stringify(requiredAttributes)}`,
    );
    expect(onlyEvent(decoded)).toEqual(requiredAttributes);
  });

  test.each([
    "1-555-123-4567",
    "urn:uuid:6e8bc430-9c3a-11d9-9669-0800200c9a66",
    "mailto:a@b.example",
    "/a/b",
    "#x",
    "?q",
  ])("may come from the source %s", (source) => {
    expect(onlyEvent(decodeStructured({ ...requiredAttributes, source })).source).toBe(source);
  });
});

describe("a batch", () => {
  test("is taken in its order, each event with its own shape", () => {
    const events = [
      { ...requiredAttributes, id: "b", data_base64: "AAE=" },
      { ...requiredAttributes, id: "a", subject: "x", data: 5 },
      { ...requiredAttributes, id: "b", source: "urn:other" },
    ];
    expect(decodeBatch(events)).toEqual({ ok: true, mode: "batch", events });
  });

  test("may be empty", () => {
    expect(decodeBatch([])).toEqual({ ok: true, mode: "batch", events: [] });
  });

  test("is refused whole for its bad events, and each fault is named with its index and attribute", () => {
    const decoded = decodeBatch([
      requiredAttributes,
      { ...requiredAttributes, source: "not a uri", time: "today" },
      requiredAttributes,
      { ...requiredAttributes, id: "", Bad: 1, data: 1, data_base64: "AA==" },
      7,
    ]);
    expect(decoded).toMatchObject({ ok: false, code: "invalid-event" });
    expect(decoded).not.toHaveProperty("events");
    expect(decoded.ok ? [] : decoded.errors.map(({ path }) => path)).toEqual([
      "[1].source",
      "[1].time",
      "[3].id",
      "[3].Bad",
      "[3].data_base64",
      "[4]",
    ]);
  });
});
