/** The examples of the specification: each event is the same in the JSON format and in binary mode (json-format.md, section 3.2). */
import { expect, test } from "vitest";
import { encodeBinary, type CloudEvent } from "../../../core/cloudevents/index.ts";
import { decode, decodeStructured, onlyEvent } from "./requests.ts";

const shared = {
  specversion: "1.0",
  type: "com.example.someevent",
  source: "/mycontext",
  time: "2018-04-05T17:31:00Z",
  comexampleextension1: "value",
} as const;

const headers = {
  "ce-specversion": "1.0",
  "ce-type": "com.example.someevent",
  "ce-source": "/mycontext",
  "ce-time": "2018-04-05T17:31:00Z",
  "ce-comexampleextension1": "value",
  "ce-comexampleothervalue": "5",
};

const thrift = "application/vnd.apache.thrift.binary";
const info = { appinfoA: "abc", appinfoB: 123, appinfoC: true };

test.each([
  [
    "bytes",
    { id: "A234-1234-1234", datacontenttype: thrift, data_base64: "AP8=" },
    thrift,
    new Uint8Array([0, 255]),
  ],
  [
    "XML",
    {
      id: "B234-1234-1234",
      unsetextension: null,
      datacontenttype: "application/xml",
      data: '<much wow="xml"/>',
    },
    "application/xml",
    '<much wow="xml"/>',
  ],
  [
    "an object",
    { id: "C234-1234-1234", subject: null, datacontenttype: "application/json", data: info },
    "application/json",
    JSON.stringify(info),
  ],
  [
    "a string without a type",
    { id: "D234-1234-1234", subject: null, data: "I'm just a string" },
    "application/json",
    '"I\'m just a string"',
  ],
])("the example with %s is one event in both modes", (_title, members, contentType, body) => {
  const structured = onlyEvent(decodeStructured({ ...shared, comexampleothervalue: 5, ...members }));
  const binary = onlyEvent(decode({ ...headers, "ce-id": members.id, "content-type": contentType }, body));
  const expected: CloudEvent = { ...structured, datacontenttype: contentType, comexampleothervalue: "5" };
  expect(binary).toEqual(expected);

  const message = encodeBinary(structured);
  expect(Object.fromEntries(message.headers)).toEqual({
    ...headers,
    "ce-id": members.id,
    "content-type": contentType,
  });
  expect(message.body).toEqual(typeof body === "string" ? new TextEncoder().encode(body) : body);
});
