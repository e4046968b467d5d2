/** Binary mode: headers are attributes, the body is data. */
import { describe, expect, test } from "vitest";
import { decodeBinary, onlyEvent, requiredAttributes } from "./requests.ts";

const utf8 = new TextEncoder();

describe("a header value in binary mode", () => {
  test.each([
    ["is taken as it stands", "plain-value_1.0~!#$&'()*+,/:;=?@[]", "plain-value_1.0~!#$&'()*+,/:;=?@[]"],
    ["is percent-decoded", "Euro%20%E2%82%AC%20%F0%9F%98%80", "Euro € 😀"],
    ["is percent-decoded in lower case too", "caf%c3%a9", "café"],
    ["is percent-decoded where it need not have been encoded", "%41%2D%7e", "A-~"],
    ["is percent-decoded once", "100%2525", "100%25"],
    ["keeps a plus sign", "a+b", "a+b"],
    ["keeps raw spaces within", "two words", "two words"],
    ["is freed of double quotes", '"two words"', "two words"],
    ["is freed of double quotes in its midst", 'a "b c" d', "a b c d"],
    ["has backslashes undone within quotes", String.raw`"a \"b\" \\ c"`, String.raw`a "b" \ c`],
    ["keeps backslashes outside of quotes", String.raw`a\b "c\d"`, String.raw`a\b cd`],
    ["is unquoted before it is percent-decoded", '"a%22b"', 'a"b'],
  ])("%s", (_title, header, subject) => {
    expect(onlyEvent(decodeBinary({ "ce-subject": header })).subject).toBe(subject);
  });
});

describe("an attribute in binary mode", () => {
  test("has its header's name in lower case, whatever the sender wrote", () => {
    expect(onlyEvent(decodeBinary({ "CE-TraceParent": "00-1" }))).toEqual({
      ...requiredAttributes,
      traceparent: "00-1",
    });
  });

  test("may have a name of more than 20 characters", () => {
    const name = "averylongextensionname1234567890";
    expect(onlyEvent(decodeBinary({ [`ce-${name}`]: "x" }))[name]).toBe("x");
  });

  test("is a string where it is an extension, even if it looks like a number", () => {
    const event = onlyEvent(decodeBinary({ "ce-attempt": "5", "ce-sampled": "true", "ce-empty": "" }));
    expect(event).toEqual({ ...requiredAttributes, attempt: "5", sampled: "true", empty: "" });
  });

  test("may be named like a property that every object has", () => {
    const event = onlyEvent(decodeBinary({ "ce-constructor": "x" }));
    expect(Object.entries(event)).toContainEqual(["constructor", "x"]);
  });

  test("keeps its time as it was written", () => {
    const time = "2026-01-31t09:30:00.123456789+05:30";
    expect(onlyEvent(decodeBinary({ "ce-time": time })).time).toBe(time);
  });

  test("keeps its datacontenttype as Content-Type had it, percent signs and quotes included", () => {
    const type = 'Multipart/Mixed; boundary="a%20b"';
    expect(onlyEvent(decodeBinary({ "content-type": type })).datacontenttype).toBe(type);
  });

  test("leaves headers that are not its own alone", () => {
    expect(onlyEvent(decodeBinary({ traceparent: "00-1", "x-ce-id": "2" }))).toEqual(requiredAttributes);
  });
});

describe("a body in binary mode", () => {
  test.each([
    "application/json",
    "text/json",
    "Application/JSON; charset=UTF-8",
    "application/vnd.shop.order+json",
  ])("of %s is parsed", (contentType) => {
    const event = onlyEvent(decodeBinary({ "content-type": contentType }, '{"total": 5, "paid": null}'));
    expect(event).toEqual({
      ...requiredAttributes,
      datacontenttype: contentType,
      data: { total: 5, paid: null },
    });
  });

  test.each([
    ["null", null],
    ["5", 5],
    ['"text"', "text"],
    ["[1]", [1]],
    ["\uFEFF{}", {}],
  ])("of JSON can be %s", (body, data) => {
    expect(onlyEvent(decodeBinary({ "content-type": "application/json" }, body)).data).toEqual(data);
  });

  test.each([
    "text/plain",
    "text/csv; header=present",
    "text/plain;charset=UTF-8",
    "application/xml",
    "image/svg+xml",
  ])("of %s is a string, byte order mark and all", (contentType) => {
    const event = onlyEvent(decodeBinary({ "content-type": contentType }, "\uFEFF<é/>"));
    expect(event).toEqual({ ...requiredAttributes, datacontenttype: contentType, data: "\uFEFF<é/>" });
  });

  test.each([
    ["application/octet-stream", "a"],
    ["application/x-www-form-urlencoded", "a=b"],
    ["text/plain; charset=iso-8859-1", "a"],
    ["application/xml; charset=utf-16", "a"],
  ])("of %s is base64", (contentType, body) => {
    const event = onlyEvent(decodeBinary({ "content-type": contentType }, body));
    expect(event).toEqual({ ...requiredAttributes, datacontenttype: contentType, data_base64: btoa(body) });
  });

  test("of text that is not UTF-8 is base64", () => {
    const event = onlyEvent(decodeBinary({ "content-type": "text/plain" }, new Uint8Array([0x63, 0xe9])));
    expect(event).toEqual({ ...requiredAttributes, datacontenttype: "text/plain", data_base64: "Y+k=" });
  });

  test("without Content-Type is base64, and no type is made up for it", () => {
    expect(onlyEvent(decodeBinary({}, utf8.encode("{}")))).toEqual({
      ...requiredAttributes,
      data_base64: "e30=",
    });
  });

  test("that is empty is no data, and the Content-Type is kept", () => {
    expect(onlyEvent(decodeBinary({ "content-type": "application/json" }))).toEqual({
      ...requiredAttributes,
      datacontenttype: "application/json",
    });
  });
});
