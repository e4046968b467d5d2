/** How much is taken. */
import { describe, expect, test } from "vitest";
import {
  BATCH_EVENTS_MAX,
  DATA_DEPTH_MAX,
  EVENT_BYTES_MAX,
  type CloudEvent,
} from "../../../core/cloudevents/index.ts";
import {
  decode,
  decodeBatch,
  decodeBinary,
  decodePlain,
  decodeStructured,
  requiredAttributes,
} from "./requests.ts";

/** An event whose JSON takes this many bytes. */
function eventOf(bytes: number): CloudEvent {
  const rest = JSON.stringify({ ...requiredAttributes, data: "" }).length;
  return { ...requiredAttributes, data: "x".repeat(bytes - rest) };
}

describe("an event's size", () => {
  test("may be 96 KiB", () => {
    expect(EVENT_BYTES_MAX).toBe(98_304);
    expect(decodeStructured(eventOf(EVENT_BYTES_MAX))).toMatchObject({ ok: true });
  });

  test("must not be a byte more", () => {
    expect(decodeStructured(eventOf(EVENT_BYTES_MAX + 1))).toMatchObject({
      code: "event-too-large",
      errors: [{ path: "" }],
    });
  });

  test("counts bytes, not characters", () => {
    const event = { ...requiredAttributes, data: "€".repeat(EVENT_BYTES_MAX / 3) };
    expect(decodeStructured(event)).toMatchObject({ code: "event-too-large" });
  });

  test("does not count white space, which is not kept", () => {
    const body = JSON.stringify(requiredAttributes) + " ".repeat(EVENT_BYTES_MAX);
    expect(decode({ "content-type": "application/cloudevents+json" }, body)).toMatchObject({ ok: true });
  });

  test("is the event's own in a batch, where the one that is too large is named", () => {
    const decoded = decodeBatch([
      eventOf(EVENT_BYTES_MAX),
      eventOf(EVENT_BYTES_MAX + 1),
      eventOf(EVENT_BYTES_MAX),
    ]);
    expect(decoded).toMatchObject({ code: "event-too-large", errors: [{ path: "[1]" }] });
  });

  test.each(["application/json", "text/plain", "image/png"])(
    "bounds %s data in binary mode",
    (contentType) => {
      const decoded = decodeBinary(
        { "content-type": contentType },
        JSON.stringify("x".repeat(EVENT_BYTES_MAX)),
      );
      expect(decoded).toMatchObject({ code: "event-too-large", errors: [{ path: "" }] });
    },
  );

  test("bounds plain JSON, attributes included", () => {
    const data = { text: "x".repeat(EVENT_BYTES_MAX - 50) };
    expect(decodePlain([{}, data])).toMatchObject({ code: "event-too-large", errors: [{ path: "[1]" }] });
  });

  test("is what is reported only if nothing else is wrong with a batch", () => {
    const tooLarge = eventOf(EVENT_BYTES_MAX + 1);
    for (const events of [
      [tooLarge, 5],
      [5, tooLarge],
    ]) {
      expect(decodeBatch(events)).toMatchObject({
        code: "invalid-event",
        errors: [{ path: "[0]" }, { path: "[1]" }],
      });
    }
  });
});

describe("a batch", () => {
  test("may have a thousand events", () => {
    expect(BATCH_EVENTS_MAX).toBe(1000);
    expect(decodeBatch(Array.from({ length: 1000 }, () => requiredAttributes))).toMatchObject({ ok: true });
    expect(decodePlain(Array.from({ length: 1000 }, () => ({})))).toMatchObject({ ok: true });
  });

  test("must not have one more", () => {
    const decoded = decodeBatch(Array.from({ length: 1001 }, () => requiredAttributes));
    expect(decoded).toMatchObject({ code: "batch-too-large", errors: [{ path: "" }] });
    expect(decodePlain(Array.from({ length: 1001 }, () => ({})))).toMatchObject({ code: "batch-too-large" });
  });
});

describe("data", () => {
  const nested = (levels: number) => `${'{"a":'.repeat(levels)}1${"}".repeat(levels)}`;
  const structured = (levels: number) =>
    `${JSON.stringify(requiredAttributes).slice(0, -1)},"data":${nested(levels)}}`;

  test.each([
    ["structured", { "content-type": "application/cloudevents+json" }, structured],
    [
      "in a batch",
      { "content-type": "application/cloudevents-batch+json" },
      (levels: number) => `[${structured(levels)}]`,
    ],
    ["wrapped", { "content-type": "application/json" }, nested],
  ])("may be nested 64 levels deep and no deeper, %s", (_mode, headers, body) => {
    expect(DATA_DEPTH_MAX).toBe(64);
    expect(decode(headers, body(64))).toMatchObject({ ok: true });
    expect(decode(headers, body(65))).toMatchObject({ code: "invalid-event" });
  });

  test("may be nested 64 levels deep and no deeper, binary", () => {
    expect(decodeBinary({ "content-type": "application/json" }, nested(64))).toMatchObject({ ok: true });
    expect(decodeBinary({ "content-type": "application/json" }, nested(65))).toMatchObject({
      errors: [{ path: "data" }],
    });
  });

  test("may hold any number of brackets in its strings", () => {
    const data = { text: String.raw`"[{\"`.repeat(500) };
    expect(decodePlain(data)).toMatchObject({ events: [{ data }] });
  });
});
