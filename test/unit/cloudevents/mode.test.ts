/** Which content mode a request is read in. */
import { describe, expect, test } from "vitest";
import { decodeRequest, type Decoded } from "../../../core/cloudevents/index.ts";
import { decode, requiredAttributes, requiredHeaders } from "./requests.ts";

const event = JSON.stringify(requiredAttributes);

function modeOf(decoded: Decoded): string {
  return decoded.ok ? decoded.mode : decoded.code;
}

describe("the content mode", () => {
  test.each([
    ["application/cloudevents+json", event, "structured"],
    ["Application/CloudEvents+JSON", event, "structured"],
    ["application/cloudevents+json; charset=utf-8", event, "structured"],
    ['application/cloudevents+json;charset="UTF-8"', event, "structured"],
    ["application/cloudevents+json; profile=x", event, "structured"],
    ["application/cloudevents-batch+json", `[${event}]`, "batch"],
    ["APPLICATION/CLOUDEVENTS-BATCH+JSON ; charset=UTF-8", `[${event}]`, "batch"],
    ["application/json", "{}", "wrapped"],
    ["application/json;charset=utf-8", "{}", "wrapped"],
    ["text/json", "{}", "wrapped"],
    ["application/vnd.shop.order+json", "{}", "wrapped"],
  ])("of %s is found", (contentType, body, mode) => {
    expect(modeOf(decode({ "content-type": contentType }, body))).toBe(mode);
  });

  test.each(["application/json", "text/plain", "image/png", "application/vnd.shop.order+json"])(
    "is binary where ce- headers come with %s",
    (contentType) => {
      expect(modeOf(decode({ ...requiredHeaders, "content-type": contentType }, "{}"))).toBe("binary");
    },
  );

  test("is binary where ce- headers come without Content-Type", () => {
    expect(modeOf(decode(requiredHeaders))).toBe("binary");
  });

  test("is binary where a single ce- header is there, and the others are missing", () => {
    const decoded = decode({ "ce-id": "1", "content-type": "application/json" }, "{}");
    expect(decoded).toMatchObject({ ok: false, code: "invalid-event" });
  });

  test("follows the Content-Type where ce- headers say otherwise", () => {
    const decoded = decode(
      { ...requiredHeaders, "ce-id": "header", "content-type": "application/cloudevents+json" },
      event,
    );
    expect(decoded).toEqual({ ok: true, mode: "structured", events: [requiredAttributes] });
  });

  test("is never wrapped where the caller gives no defaults", () => {
    const headers = new Headers({ "content-type": "application/json" });
    expect(modeOf(decodeRequest(headers, new TextEncoder().encode("{}")))).toBe("unsupported-media-type");
  });
});
