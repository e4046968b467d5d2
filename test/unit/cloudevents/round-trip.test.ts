/** What is encoded is decoded to the same event, in every mode. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  decodeRequest,
  encodeBatch,
  encodeBinary,
  encodeStructured,
  type CloudEvent,
  type Decoded,
  type EventMessage,
  type JsonValue,
} from "../../../core/cloudevents/index.ts";
import { toBase64 } from "../../../core/cloudevents/base64.ts";
import { onlyEvent, requiredAttributes } from "./requests.ts";

/** Unicode that an attribute may hold: any planes, without controls, noncharacters and lone surrogates. */
const character = fc
  .oneof(
    { weight: 3, arbitrary: fc.integer({ min: 0x20, max: 0x7e }) },
    { weight: 1, arbitrary: fc.constantFrom(0x22, 0x25, 0x5c, 0xa0, 0x2028, 0xfeff, 0x1f600, 0x10fffd) },
    { weight: 2, arbitrary: fc.integer({ min: 0xa0, max: 0x10ffff }) },
  )
  .map((code) => String.fromCodePoint(code))
  .filter((text) => !/[\p{Cc}\p{Cs}\p{Noncharacter_Code_Point}]/u.test(text));
const text = fc.string({ unit: character });
const filledText = fc.string({ unit: character, minLength: 1 });
const name = fc
  .stringMatching(/^[a-z\d]{1,25}$/)
  .filter(
    (word) =>
      ![
        "id",
        "source",
        "type",
        "specversion",
        "datacontenttype",
        "dataschema",
        "subject",
        "time",
        "data",
      ].includes(word),
  );
const jsonValue = fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value)) as JsonValue);
const jsonType = fc.constantFrom("application/json", "text/json; charset=utf-8", "application/vnd.shop+json");
const textType = fc.constantFrom("text/plain", "text/csv; charset=UTF-8", "application/xml", "image/svg+xml");
const opaqueType = fc.constantFrom(
  "application/octet-stream",
  "image/png",
  'multipart/mixed; boundary="a b%"',
);
const bytes = fc.uint8Array({ minLength: 1 }).map(toBase64);

const attributes = fc.record(
  {
    specversion: fc.constant("1.0" as const),
    id: filledText,
    source: fc.oneof(
      fc.webUrl(),
      fc.uuid().map((uuid) => `urn:uuid:${uuid}`),
      fc.webPath().filter((path) => path !== ""),
    ),
    type: filledText,
    dataschema: fc.webUrl({ withFragments: true }),
    subject: filledText,
    time: fc
      .date({ min: new Date("0001-01-01"), max: new Date("9999-12-31"), noInvalidDate: true })
      .map((date) => date.toISOString()),
  },
  { requiredKeys: ["specversion", "id", "source", "type"] },
);

/** Data in each form that it can have, beside the type that it can have it with. */
const data = fc.oneof(
  fc.constant({}),
  fc.record({ datacontenttype: fc.oneof(jsonType, textType, opaqueType) }),
  fc.record({ datacontenttype: jsonType, data: jsonValue }),
  fc.record({ datacontenttype: textType, data: fc.string({ unit: "binary", minLength: 1 }) }),
  fc.record({ datacontenttype: opaqueType, data_base64: bytes }),
  fc.record({ data_base64: bytes }),
);

function eventWith(extension: fc.Arbitrary<string | number | boolean>): fc.Arbitrary<CloudEvent> {
  const parts = fc.tuple(fc.dictionary(name, extension, { maxKeys: 3 }), attributes, data);
  return parts.map(([extensions, core, payload]): CloudEvent => Object.assign({}, extensions, core, payload));
}

/** Binary mode carries strings alone. */
const anyEvent = eventWith(fc.oneof(text, fc.boolean(), fc.integer()));
const eventOfStrings = eventWith(text);

function sent({ headers, body }: EventMessage): Decoded {
  return decodeRequest(headers, body);
}

describe("an event that is encoded and decoded", () => {
  test("is the same in structured mode", () => {
    fc.assert(
      fc.property(anyEvent, (event) => {
        expect(sent(encodeStructured(event))).toEqual({
          ok: true,
          mode: "structured",
          events: [event],
        });
      }),
    );
  });

  test("is the same in a batch", () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 5 }), (events) => {
        expect(sent(encodeBatch(events))).toEqual({ ok: true, mode: "batch", events });
      }),
    );
  });

  test("is the same in binary mode", () => {
    fc.assert(
      fc.property(eventOfStrings, (event) => {
        expect(sent(encodeBinary(event))).toEqual({ ok: true, mode: "binary", events: [event] });
      }),
    );
  });

  test("is the same once it has gone through binary mode and then through structured mode", () => {
    fc.assert(
      fc.property(anyEvent, (event) => {
        const once = onlyEvent(sent(encodeBinary(event)));
        expect(onlyEvent(sent(encodeStructured(once)))).toEqual(once);
        expect(onlyEvent(sent(encodeBinary(once)))).toEqual(once);
      }),
    );
  });
});

describe("an event in binary mode", () => {
  test("has its attributes in printable ASCII without spaces, quotes and bare percent signs", () => {
    fc.assert(
      fc.property(eventOfStrings, (event) => {
        for (const [header, value] of encodeBinary(event).headers) {
          if (header !== "content-type") expect(value).toMatch(/^(?:[!#$&-~]|%[\dA-F]{2})*$/);
        }
      }),
    );
  });

  test("is encoded as in the specification's example", () => {
    const { headers } = encodeBinary({ ...requiredAttributes, subject: "Euro € 😀" });
    expect(headers.get("ce-subject")).toBe("Euro%20%E2%82%AC%20%F0%9F%98%80");
  });

  test("has extensions as strings", () => {
    const event = onlyEvent(sent(encodeBinary({ ...requiredAttributes, attempt: -5, sampled: true })));
    expect(event).toEqual({ ...requiredAttributes, attempt: "-5", sampled: "true" });
  });

  test("says that its data is JSON where that was implied", () => {
    const event = onlyEvent(sent(encodeBinary({ ...requiredAttributes, data: "text" })));
    expect(event).toEqual({ ...requiredAttributes, datacontenttype: "application/json", data: "text" });
  });

  test("has text in UTF-8, whatever charset was declared", () => {
    const event: CloudEvent = {
      ...requiredAttributes,
      datacontenttype: "text/plain; charset=latin1",
      data: "é",
    };
    expect(onlyEvent(sent(encodeBinary(event)))).toEqual({
      ...event,
      datacontenttype: "text/plain; charset=utf-8",
    });
  });

  test("has text of a type that is opaque as its bytes", () => {
    const event: CloudEvent = { ...requiredAttributes, datacontenttype: "application/pdf", data: "é" };
    const { headers, body } = encodeBinary(event);
    expect(new TextDecoder().decode(body)).toBe("é");
    expect(onlyEvent(decodeRequest(headers, body))).toMatchObject({ data_base64: "w6k=" });
  });

  test("can't say that its data is empty, which is no data there", () => {
    const event: CloudEvent = { ...requiredAttributes, datacontenttype: "text/plain", data: "" };
    expect(onlyEvent(sent(encodeBinary(event)))).toEqual({
      ...requiredAttributes,
      datacontenttype: "text/plain",
    });
  });
});
