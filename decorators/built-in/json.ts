/** Reads texts as JSON, or writes values as JSON. */
import { z } from "zod";
import { DATA_DEPTH_MAX } from "../../core/cloudevents/limits.ts";
import { Reject } from "../contract.ts";
import { TEXT_CHARS_MAX } from "../limits.ts";
import { defineFieldDecorator } from "../support/field-decorator.ts";
import { isDeeperThan } from "../support/json-size.ts";

export const json = defineFieldDecorator({
  name: "json",
  summary: "Reads a text as JSON, or writes a value as JSON.",
  options: {
    action: z
      .enum(["parse", "serialize"])
      .default("parse")
      .describe("parse: a text becomes a value. serialize: a value becomes a text."),
  },
  examples: [
    {
      shows: "a text becomes what it says",
      with: { field: "payload" },
      given: { data: { payload: '{"a": [1, null]}' } },
      expect: [{ data: { payload: { a: [1, null] } } }],
    },
    {
      shows: "the data as a whole, which is JSON from then on",
      with: { field: "$" },
      given: { datacontenttype: "text/plain", data: '{"a": 1}' },
      expect: [{ datacontenttype: "application/json", data: { a: 1 } }],
    },
    {
      shows: "a value becomes a text",
      with: { field: "detail", action: "serialize", target: "detailText" },
      given: { data: { detail: { a: 1 } } },
      expect: [{ data: { detail: { a: 1 }, detailText: '{"a":1}' } }],
    },
    {
      shows: "what is no JSON rejects the event",
      with: { field: "payload" },
      given: { data: { payload: "{'a': 1}" } },
      expect: { rejects: "payload: is not JSON." },
    },
  ],
  make: ({ action }) => (action === "parse" ? parse : serialize),
});

function parse(value: unknown): unknown {
  if (typeof value !== "string") throw new Reject("is no text.");
  let parsed: unknown;
  try {
    parsed = JSON.parse(value);
  } catch {
    throw new Reject("is not JSON.");
  }
  if (isDeeperThan(parsed, DATA_DEPTH_MAX))
    throw new Reject(`is nested deeper than ${DATA_DEPTH_MAX} levels.`);
  return parsed;
}

function serialize(value: unknown): string {
  const text = JSON.stringify(value);
  // Quotes are escaped anew each time: ten steps that serialize would make a thousand backslashes of one.
  if (text.length > TEXT_CHARS_MAX) throw new Reject("becomes too long a text.");
  return text;
}
