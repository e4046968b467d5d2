/**
 * The CloudEvents SDK as client and as server. It does no percent-encoding, so that binary mode is compared in
 * printable ASCII without percent signs and double quotes; it writes a string as JSON without quotes, and bytes without a type as JSON, which is left out.
 */
import { CloudEvent as SdkEvent, HTTP, type CloudEventV1, type Message } from "cloudevents";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  encodeBatch,
  encodeBinary,
  encodeStructured,
  type CloudEvent,
} from "../../../core/cloudevents/index.ts";
import { decode, onlyEvent } from "./requests.ts";

const text = fc
  .string({ unit: "grapheme", minLength: 1 })
  .filter((word) => !/[\p{Cc}\p{Noncharacter_Code_Point}]/u.test(word));
const headerText = fc.stringMatching(/^[!#$&-~](?:[ !#$&-~]*[!#$&-~])?$/);
const url = fc.webUrl();
const headerUrl = url.filter((address) => !address.includes("%"));
const json = fc
  .dictionary(fc.string(), fc.jsonValue())
  .map((value): unknown => JSON.parse(JSON.stringify(value)));
const bytes = fc.uint8Array({ minLength: 1 });

function attributesOf(value: fc.Arbitrary<string>, uri: fc.Arbitrary<string>) {
  return fc.record(
    {
      id: value,
      source: uri,
      type: value,
      dataschema: uri,
      subject: value,
      time: fc
        .date({ min: new Date("0001-01-01"), max: new Date("9999-12-31"), noInvalidDate: true })
        .map((date) => date.toISOString()),
      traceparent: value,
    },
    { requiredKeys: ["id", "source", "type", "time"] },
  );
}

function deliver(message: Message) {
  const headers = Object.fromEntries(
    Object.entries(message.headers).map(([name, value]) => [name, String(value)]),
  );
  const { body } = message;
  if (typeof body !== "string" && !(body instanceof Uint8Array)) throw new Error("a body that can't be sent");
  return onlyEvent(decode(headers, body));
}

describe("what the SDK sends", () => {
  test("in structured mode arrives with every attribute and all data as sent", () => {
    fc.assert(
      fc.property(attributesOf(text, url), json, (attributes, data) => {
        const event = new SdkEvent({ ...attributes, datacontenttype: "application/json", attempt: 3, data });
        const expected = {
          ...attributes,
          specversion: "1.0",
          datacontenttype: "application/json",
          attempt: 3,
          data,
        };
        expect(deliver(HTTP.structured(event))).toEqual(expected);
      }),
    );
  });

  test("in structured mode arrives with every byte as sent", () => {
    fc.assert(
      fc.property(attributesOf(text, url), bytes, (attributes, data) => {
        const event = new SdkEvent({ ...attributes, datacontenttype: "image/png", data });
        const received = deliver(HTTP.structured(event));
        const expected = { ...attributes, specversion: "1.0", datacontenttype: "image/png" };
        expect(received).toEqual({ ...expected, data_base64: btoa(String.fromCharCode(...data)) });
      }),
    );
  });

  test("in binary mode arrives with every attribute and all data as sent", () => {
    fc.assert(
      fc.property(attributesOf(headerText, headerUrl), json, (attributes, data) => {
        const event = new SdkEvent({ ...attributes, datacontenttype: "application/json", data });
        const expected = { ...attributes, specversion: "1.0", datacontenttype: "application/json", data };
        expect(deliver(HTTP.binary(event))).toEqual(expected);
      }),
    );
  });

  test("in binary mode arrives with every byte as sent", () => {
    fc.assert(
      fc.property(attributesOf(headerText, headerUrl), bytes, (attributes, data) => {
        const event = new SdkEvent({ ...attributes, datacontenttype: "image/png", data });
        const expected = { ...attributes, specversion: "1.0", datacontenttype: "image/png" };
        expect(deliver(HTTP.binary(event))).toEqual({
          ...expected,
          data_base64: btoa(String.fromCharCode(...data)),
        });
      }),
    );
  });

  test("in binary mode without a type is JSON, as the SDK says", () => {
    const event = new SdkEvent({ id: "1", source: "/shop", type: "x", data: { total: 5 } });
    expect(deliver(HTTP.binary(event))).toMatchObject({
      datacontenttype: "application/json; charset=utf-8",
      data: { total: 5 },
    });
  });

  test("as a batch arrives whole", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(attributesOf(text, url), json), { maxLength: 4 }), (parts) => {
        const events = parts.map(([attributes, data]) => new SdkEvent({ ...attributes, data }));
        const decoded = decode(
          { "content-type": "application/cloudevents-batch+json" },
          JSON.stringify(events),
        );
        const expected = parts.map(([attributes, data]) => ({ ...attributes, specversion: "1.0", data }));
        expect(decoded).toEqual({ ok: true, mode: "batch", events: expected });
      }),
    );
  });
});

/** The SDK's view of a message, as plain data; it gives absent attributes the value undefined. */
function received(message: { headers: Headers; body: Uint8Array }): CloudEventV1<unknown>[] {
  const body = new TextDecoder().decode(message.body);
  const taken = HTTP.toEvent<unknown>({ headers: Object.fromEntries(message.headers), body });
  return (Array.isArray(taken) ? taken : [taken]).map((event) => {
    const members = Object.entries(event).filter(([, value]) => value !== undefined);
    return Object.fromEntries(members) as unknown as CloudEventV1<unknown>;
  });
}

describe("what the SDK receives", () => {
  const time = "2026-01-31T09:30:00.000Z";

  test("in structured mode is the event that was encoded", () => {
    fc.assert(
      fc.property(attributesOf(text, url), json, (attributes, data) => {
        const event: CloudEvent = { ...attributes, specversion: "1.0", attempt: 3, data: data as object };
        expect(received(encodeStructured(event))).toEqual([event]);
      }),
    );
  });

  test("in a batch is the events that were encoded", () => {
    const events: CloudEvent[] = [
      { specversion: "1.0", id: "1", source: "/a", type: "x", time, data: { a: "€" } },
      { specversion: "1.0", id: "2", source: "/b", type: "y", time, subject: "s", attempt: 2 },
    ];
    expect(received(encodeBatch(events))).toEqual(events);
  });

  test("in binary mode is the event that was encoded, where nothing needs percent-encoding", () => {
    const event: CloudEvent = {
      specversion: "1.0",
      id: "1",
      source: "/a",
      type: "x",
      time,
      traceparent: "00-1",
      datacontenttype: "application/json",
      data: { a: "€" },
    };
    expect(received(encodeBinary(event))).toEqual([event]);
  });
});
