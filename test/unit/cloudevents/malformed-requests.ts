/** Requests that bring no event: each is refused with its code, and the place of its fault is named. */
import { requiredAttributes, requiredHeaders } from "./requests.ts";

type Row = [
  title: string,
  headers: Record<string, string>,
  body: string | Uint8Array,
  code: string,
  path: string,
];

function structured(title: string, changes: object, path: string): Row {
  return [
    title,
    { "content-type": "application/cloudevents+json" },
    JSON.stringify({ ...requiredAttributes, ...changes }),
    "invalid-event",
    path,
  ];
}

function binary(title: string, changes: Record<string, string>, path: string): Row {
  return [title, { ...requiredHeaders, ...changes }, "", "invalid-event", path];
}

function without(name: string): Record<string, string> {
  return Object.fromEntries(Object.entries(requiredHeaders).filter(([header]) => header !== name));
}

const JSON_EVENT = { "content-type": "application/cloudevents+json" };
const JSON_BATCH = { "content-type": "application/cloudevents-batch+json" };
const PLAIN_JSON = { "content-type": "application/json" };
const NOT_UTF8 = new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]);
const UNSUPPORTED = "unsupported-media-type";

const contentTypes: Row[] = [
  ["no Content-Type and no headers", {}, "{}", UNSUPPORTED, "content-type"],
  ["plain text", { "content-type": "text/plain" }, "{}", UNSUPPORTED, "content-type"],
  ["NDJSON", { "content-type": "application/x-ndjson" }, "{}", UNSUPPORTED, "content-type"],
  ["a form", { "content-type": "application/x-www-form-urlencoded" }, "a=b", UNSUPPORTED, "content-type"],
  ["a Content-Type that is none", { "content-type": "json" }, "{}", UNSUPPORTED, "content-type"],
  [
    "a parameter without a value",
    { "content-type": "application/json; charset" },
    "{}",
    UNSUPPORTED,
    "content-type",
  ],
  [
    "two Content-Types",
    { "content-type": "application/json, application/json" },
    "{}",
    UNSUPPORTED,
    "content-type",
  ],
  [
    "plain JSON in Latin-1",
    { "content-type": "application/json; charset=iso-8859-1" },
    "{}",
    UNSUPPORTED,
    "content-type",
  ],
  ["events in XML", { "content-type": "application/cloudevents+xml" }, "", UNSUPPORTED, "content-type"],
  [
    "events in Avro beside ce- headers",
    { ...requiredHeaders, "content-type": "application/cloudevents+avro" },
    "",
    UNSUPPORTED,
    "content-type",
  ],
  ["events in no format", { "content-type": "application/cloudevents" }, "{}", UNSUPPORTED, "content-type"],
  [
    "a batch in no format",
    { "content-type": "application/cloudevents-batch" },
    "[]",
    UNSUPPORTED,
    "content-type",
  ],
  [
    "a structured event in UTF-16",
    { "content-type": "application/cloudevents+json; charset=utf-16" },
    "{}",
    UNSUPPORTED,
    "content-type",
  ],
  [
    "a batch with two charsets",
    { "content-type": "application/cloudevents-batch+json; charset=utf-8; charset=latin1" },
    "[]",
    UNSUPPORTED,
    "content-type",
  ],
  [
    "a structured event of a broken type",
    { "content-type": "application/cloudevents+json; =" },
    "{}",
    UNSUPPORTED,
    "content-type",
  ],
  [
    "binary JSON data in Latin-1",
    { ...requiredHeaders, "content-type": "application/json; charset=latin1" },
    "{}",
    UNSUPPORTED,
    "content-type",
  ],
];

const bodies: Row[] = [
  ["a structured event without a body", JSON_EVENT, "", "invalid-json", ""],
  ["a structured event that breaks off", JSON_EVENT, '{"id":', "invalid-json", ""],
  ["a structured event with something after it", JSON_EVENT, "{} {}", "invalid-json", ""],
  ["a structured event that is not UTF-8", JSON_EVENT, NOT_UTF8, "invalid-json", ""],
  ["a batch that is not JSON", JSON_BATCH, "[,]", "invalid-json", ""],
  ["plain JSON without a body", PLAIN_JSON, "", "invalid-json", ""],
  ["plain JSON that is not UTF-8", PLAIN_JSON, NOT_UTF8, "invalid-json", ""],
  ["plain JSON with NaN", PLAIN_JSON, '{"a": NaN}', "invalid-json", ""],
  ["plain JSON that is a number", PLAIN_JSON, "5", "invalid-event", ""],
  ["plain JSON that is null", PLAIN_JSON, "null", "invalid-event", ""],
  ["plain JSON with an array in an array", PLAIN_JSON, "[{}, []]", "invalid-event", "[1]"],
  [
    "plain JSON with a number that no double holds",
    PLAIN_JSON,
    '{"a": [1, -1e400]}',
    "invalid-event",
    "a[1]",
  ],
  ["a structured event that is an array", JSON_EVENT, "[]", "invalid-event", ""],
  ["a structured event that is a string", JSON_EVENT, '"event"', "invalid-event", ""],
  ["a batch that is an object", JSON_BATCH, JSON.stringify(requiredAttributes), "invalid-event", ""],
  ["a batch that holds null", JSON_BATCH, "[null]", "invalid-event", "[0]"],
  ["a batch of a batch", JSON_BATCH, "[[]]", "invalid-event", "[0]"],
  [
    "binary JSON data that is not JSON",
    { ...requiredHeaders, ...PLAIN_JSON },
    "plain",
    "invalid-event",
    "data",
  ],
  [
    "binary JSON data that is not UTF-8",
    { ...requiredHeaders, ...PLAIN_JSON },
    NOT_UTF8,
    "invalid-event",
    "data",
  ],
  [
    "binary JSON data with a number that no double holds",
    { ...requiredHeaders, ...PLAIN_JSON },
    '{"a":1e400}',
    "invalid-event",
    "data.a",
  ],
];

const attributes: Row[] = [
  structured("no id", { id: undefined }, "id"),
  structured("an id that is null", { id: null }, "id"),
  structured("an empty id", { id: "" }, "id"),
  structured("an id that is a number", { id: 1 }, "id"),
  structured("a newline in an id", { id: "a\nb" }, "id"),
  structured("a C1 control character in a subject", { subject: "a\u0085b" }, "subject"),
  structured("a lone surrogate in a type", { type: "a\ud800" }, "type"),
  structured("a noncharacter in a subject", { subject: "\ufdd0" }, "subject"),
  structured("no source", { source: undefined }, "source"),
  structured("an empty source", { source: "" }, "source"),
  structured("a source with a space", { source: "my shop" }, "source"),
  structured("a source with a broken percent sign", { source: "/100%" }, "source"),
  structured("a source with letters beyond ASCII", { source: "/größe" }, "source"),
  structured("no type", { type: undefined }, "type"),
  structured("a type that is an object", { type: {} }, "type"),
  structured("no specversion", { specversion: undefined }, "specversion"),
  structured("an older specversion", { specversion: "0.3" }, "specversion"),
  structured("a specversion that is a number", { specversion: 1 }, "specversion"),
  structured("a datacontenttype without a subtype", { datacontenttype: "json" }, "datacontenttype"),
  structured("a datacontenttype that is false", { datacontenttype: false }, "datacontenttype"),
  structured("a relative dataschema", { dataschema: "/order.json" }, "dataschema"),
  structured("an empty subject", { subject: "" }, "subject"),
  structured("a time that is a number", { time: 1769851800000 }, "time"),
  structured("a time without a zone", { time: "2026-01-31T09:30:00" }, "time"),
  structured("a time on a day that does not exist", { time: "2026-02-29T09:30:00Z" }, "time"),
  structured("a name in upper case", { traceParent: "x" }, "traceParent"),
  structured("a name with a hyphen", { "trace-parent": "x" }, '["trace-parent"]'),
  structured("a name that is empty", { "": "x" }, '[""]'),
  structured("an extension that is an object", { trace: { id: 1 } }, "trace"),
  structured("an extension that is an array", { tags: ["a"] }, "tags"),
  structured("an extension with a fraction", { ratio: 0.5 }, "ratio"),
  structured("an extension beyond 32 bits", { big: 2 ** 31 }, "big"),
  structured("an extension below 32 bits", { big: -(2 ** 31) - 1 }, "big"),
  structured("an extension with a tab", { note: "a\tb" }, "note"),
  structured("data beside data_base64", { data: 1, data_base64: "AA==" }, "data_base64"),
  structured("data that is null beside data_base64", { data: null, data_base64: "AA==" }, "data_base64"),
  structured("data_base64 that is a number", { data_base64: 5 }, "data_base64"),
  structured("data_base64 without padding", { data_base64: "AA" }, "data_base64"),
  structured("data_base64 with a newline", { data_base64: "AAAA\nAAA" }, "data_base64"),
  structured("data_base64 in the alphabet of URLs", { data_base64: "_-__" }, "data_base64"),
  structured("an object as text", { datacontenttype: "text/plain", data: {} }, "data"),
  structured("null as text", { datacontenttype: "text/plain", data: null }, "data"),
  structured("a lone surrogate in text", { datacontenttype: "text/plain", data: "\udc00" }, "data"),
];

const headers: Row[] = [
  ["no ce-id", without("ce-id"), "", "invalid-event", "id"],
  ["no ce-source", without("ce-source"), "", "invalid-event", "source"],
  ["no ce-type", without("ce-type"), "", "invalid-event", "type"],
  ["no ce-specversion", without("ce-specversion"), "", "invalid-event", "specversion"],
  binary("an empty ce-id", { "ce-id": "" }, "id"),
  binary("an older ce-specversion", { "ce-specversion": "0.3" }, "specversion"),
  binary("a percent sign that encodes nothing", { "ce-id": "100%" }, "id"),
  binary("a percent sign before other letters", { "ce-subject": "a%zzb" }, "subject"),
  binary("an overlong encoding", { "ce-subject": "%C0%A0" }, "subject"),
  binary("an encoding that breaks off", { "ce-subject": "%E2%82" }, "subject"),
  binary("an encoded surrogate", { "ce-note": "%ED%A0%80" }, "note"),
  binary("an encoded newline", { "ce-type": "a%0Ab" }, "type"),
  binary("a raw tab", { "ce-type": "a\tb" }, "type"),
  binary("a raw letter beyond ASCII", { "ce-subject": "caf\u00e9" }, "subject"),
  binary("a quote that does not close", { "ce-subject": '"a' }, "subject"),
  binary("a quote whose end is escaped", { "ce-subject": String.raw`"a\"` }, "subject"),
  binary("a source that is no URI-reference once decoded", { "ce-source": "my%20shop" }, "source"),
  binary("a time with a space", { "ce-time": "2026-01-31 09:30:00Z" }, "time"),
  binary("a ce-datacontenttype", { "ce-datacontenttype": "text/plain" }, "datacontenttype"),
  binary("a ce-data", { "ce-data": "5" }, "data"),
  binary("a ce-data_base64", { "ce-data_base64": "AA==" }, "data_base64"),
  binary("a header name with a hyphen", { "ce-trace-parent": "x" }, '["trace-parent"]'),
  binary("a header without a name", { "ce-": "x" }, '[""]'),
  binary("a Content-Type that is none", { "content-type": "json" }, "datacontenttype"),
];

export const MALFORMED: readonly Row[] = [...contentTypes, ...bodies, ...attributes, ...headers];
