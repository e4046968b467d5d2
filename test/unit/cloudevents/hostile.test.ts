/** Nothing that a stranger sends makes the codec throw, or answer at length. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeRequest, encodeBatch, type Decoded } from "../../../core/cloudevents/index.ts";
import {
  decode,
  decodeBatch,
  decodeStructured,
  onlyEvent,
  orderDefaults,
  requiredAttributes,
} from "./requests.ts";

const contentType = fc.oneof(
  fc.constantFrom(
    "application/json",
    "application/cloudevents+json",
    "application/cloudevents-batch+json",
    "text/plain",
    "application/octet-stream",
  ),
  fc.stringMatching(/^[\x20-\x7e]*$/),
);
const headerName = fc.oneof(
  fc.constantFrom(
    "ce-id",
    "ce-source",
    "ce-type",
    "ce-specversion",
    "ce-time",
    "ce-data",
    "ce-__proto__",
    "ce-constructor",
  ),
  fc.stringMatching(/^ce-[!#$%&'*+.^_`|~\da-zA-Z-]*$/),
);
const headerValue = fc.oneof(
  fc.constantFrom("1.0", "%", '"', "/a", "\\"),
  fc.stringMatching(/^[\t\x20-\x7e\x80-\xff]*$/),
);
const attribute = fc.constantFrom(
  "id",
  "source",
  "type",
  "specversion",
  "time",
  "datacontenttype",
  "dataschema",
  "data",
  "data_base64",
  "__proto__",
  "constructor",
  "tostring",
);
const almostEvent = fc.dictionary(
  fc.oneof(attribute, fc.string()),
  fc.oneof(fc.jsonValue(), fc.constantFrom("1.0", "/a", "a/b")),
);
const body = fc.oneof(
  fc.uint8Array(),
  fc.json().map((text) => new TextEncoder().encode(text)),
  fc
    .oneof(almostEvent, fc.array(almostEvent))
    .map((value) => new TextEncoder().encode(JSON.stringify(value))),
);

/** Every answer is either events that can be sent on and taken again, or a failure that says what is wrong where. */
function expectSound(decoded: Decoded): void {
  if (decoded.ok) {
    const { headers, body } = encodeBatch(decoded.events);
    const again = decodeRequest(headers, body);
    expect(again.ok && JSON.stringify(again.events)).toBe(JSON.stringify(decoded.events));
  } else {
    expect(decoded.errors.length).toBeGreaterThan(0);
    expect(decoded.message).not.toBe("");
  }
}

describe("a hostile request", () => {
  test("is answered, whatever its headers and bytes", () => {
    fc.assert(
      fc.property(contentType, fc.dictionary(headerName, headerValue), body, (type, others, bytes) => {
        const headers = new Headers({ ...others, "content-type": type });
        expectSound(decodeRequest(headers, bytes, orderDefaults()));
      }),
      { numRuns: 1000 },
    );
  });

  test.each([
    ["application/cloudevents+json", "["],
    ["application/cloudevents-batch+json", '[{"data":'],
    ["application/json", '{"a":'],
  ])("is refused for its depth before it is parsed, as %s", (type, opening) => {
    expect(decode({ "content-type": type }, opening.repeat(100_000))).toMatchObject({
      ok: false,
      code: "invalid-event",
    });
  });

  test("can't reach an object's prototype", () => {
    const proto = '"__proto__": {"polluted": true}';
    const event = JSON.stringify(requiredAttributes).slice(0, -1);
    const headers = { "content-type": "application/cloudevents+json" };
    expect(decode(headers, `${event}, ${proto}}`)).toMatchObject({ errors: [{ path: "__proto__" }] });
    const { data } = onlyEvent(decode(headers, `${event}, "data": {${proto}}}`));
    expect(Object.getPrototypeOf(data)).toBe(Object.prototype);
    expect(Object.hasOwn(Object.prototype, "polluted")).toBe(false);
  });

  test("with thousands of faults is told a hundred of them", () => {
    const misnamed = Object.fromEntries(Array.from({ length: 5000 }, (_, index) => [`BAD${index}`, 1]));
    for (const decoded of [
      decodeStructured(misnamed),
      decodeBatch(Array.from({ length: 20 }, () => misnamed)),
    ]) {
      expect(decoded.ok ? [] : decoded.errors).toHaveLength(100);
    }
  });

  test("does not get a long name back", () => {
    const decoded = decodeStructured({ ...requiredAttributes, ["A".repeat(50_000)]: 1 });
    expect(decoded.ok ? "" : JSON.stringify(decoded).length).toBeLessThan(1000);
  });
});
