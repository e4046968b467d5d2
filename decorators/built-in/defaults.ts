/** Fills what an event's data lacks. */
import { z } from "zod";
import { isJson, parseMediaType } from "../../core/cloudevents/media-type.ts";
import { isObject, type JsonObject } from "../../core/document/values.ts";
import { defineDecorator } from "../contract.ts";

/**
 * - A field is lacking when it is not there. One that is null, empty or false is there: someone has said so.
 * - Objects are filled inside, however deep; nothing else that is there is touched, arrays included.
 * - An event without data gets the defaults as its data, unless its `datacontenttype` is not JSON.
 * - Data that is no object (an array, a text, null, base64) has no fields to lack, and stays as it is.
 */
export const defaults = defineDecorator({
  name: "defaults",
  summary: "Fills the fields that the event's data lacks.",
  options: z
    .record(z.string(), z.unknown())
    .refine((values) => Object.keys(values).length > 0, "names at least one field with its default")
    .describe("The fields and their defaults, nested as the data is."),
  examples: [
    {
      shows: "what lacks is filled, what is there stays",
      with: { level: "info", tags: [] },
      given: { data: { message: "up", level: "warn" } },
      expect: [{ data: { message: "up", level: "warn", tags: [] } }],
    },
    {
      shows: "objects are filled inside",
      with: { address: { country: "DE", geo: { precision: "city" } } },
      given: { data: { address: { city: "Bonn" } } },
      expect: [{ data: { address: { city: "Bonn", country: "DE", geo: { precision: "city" } } } }],
    },
    {
      shows: "null, false and the empty text are values",
      with: { level: "info", active: true, note: "none" },
      given: { data: { level: null, active: false, note: "" } },
      expect: [{ data: { level: null, active: false, note: "" } }],
    },
    {
      shows: "an event without data gets the defaults as its data",
      with: { level: "info" },
      given: {},
      expect: [{ data: { level: "info" } }],
    },
    {
      shows: "data that is no object stays as it is",
      with: { level: "info" },
      given: { data: ["a", "b"] },
      expect: [{ data: ["a", "b"] }],
    },
    {
      shows: "an event without data whose type is not JSON stays without",
      with: { level: "info" },
      given: { datacontenttype: "image/png" },
      expect: [{ datacontenttype: "image/png" }],
    },
  ],
  make: (values) => (event) => {
    if (event.data === undefined) {
      const canHoldObject = event.data_base64 === undefined && hasJsonType(event.datacontenttype);
      return canHoldObject ? { ...event, data: values } : event;
    }
    return isObject(event.data) ? { ...event, data: fill(event.data, values) } : event;
  },
});

function fill(data: JsonObject, values: JsonObject): JsonObject {
  // A Map, since a plain assignment to "__proto__" would set the prototype.
  const filled = new Map(Object.entries(data));
  for (const [name, value] of Object.entries(values)) {
    const current = filled.get(name);
    if (!filled.has(name)) filled.set(name, value);
    else if (isObject(value) && isObject(current)) filled.set(name, fill(current, value));
  }
  return Object.fromEntries(filled);
}

function hasJsonType(contentType: string | undefined): boolean {
  const type = contentType === undefined ? undefined : parseMediaType(contentType);
  return contentType === undefined || (type !== undefined && isJson(type));
}
