/** Splits a text into an array, or an event into several. */
import { z } from "zod";
import type { CloudEvent } from "../../core/cloudevents/event.ts";
import { defineDecorator, Reject, type Decorate } from "../contract.ts";
import { ELEMENTS_MAX, SPLIT_EVENTS_MAX } from "../limits.ts";
import { read, remove, withData, write } from "../support/access.ts";
import { missing } from "../support/field-decorator.ts";
import { ignoreMissingOption, pathOption, patternOption } from "../support/options.ts";
import type { EventPath } from "../support/path.ts";
import type { Pattern } from "../support/pattern.ts";

export const split = defineDecorator({
  name: "split",
  summary: "Splits a text into an array, or an event into one for each element of an array.",
  options: z.strictObject({
    field: pathOption("one").describe("A text to split, or an array whose elements become events."),
    separator: z
      .string()
      .min(1, "must not be empty")
      .max(1_000)
      .optional()
      .describe("What stands between two parts of a text."),
    pattern: patternOption()
      .optional()
      .describe("A regular expression (RE2) for what stands between: instead of a separator."),
    target: pathOption("target")
      .optional()
      .describe("Where the array goes, or each event's element; absent: in place."),
    trim: z.boolean().default(false).describe("Takes white space off the ends of the parts."),
    dropEmpty: z.boolean().default(false).describe("Leaves out parts that are empty."),
    into: z
      .enum(["array", "events"])
      .default("array")
      .describe("events: an event for each part or element; the event's id gets its number, from 0: 7f3a:0."),
    keep: z
      .enum(["all", "element"])
      .default("all")
      .describe(
        "What each event has: all of the data with one element at the path, or the element alone as its data. " +
          "With all, each has the data's id too, by which a collection would keep the last alone: remove or set it.",
      ),
    ignoreMissing: ignoreMissingOption(),
  }),
  examples: [
    {
      shows: "a text becomes an array",
      with: { field: "tags", separator: ",", trim: true, dropEmpty: true },
      given: { data: { tags: "a, b,,c " } },
      expect: [{ data: { tags: ["a", "b", "c"] } }],
    },
    {
      shows: "by a pattern, elsewhere",
      with: { field: "line", pattern: "\\s*[;|]\\s*", target: "parts" },
      given: { data: { line: "a ; b|c" } },
      expect: [{ data: { line: "a ; b|c", parts: ["a", "b", "c"] } }],
    },
    {
      shows: "an event becomes one for each item",
      with: { field: "items", into: "events", target: "item" },
      given: { id: "7", data: { customer: "Ada", items: [{ sku: "x" }, { sku: "y" }] } },
      expect: [
        { id: "7:0", data: { customer: "Ada", item: { sku: "x" } } },
        { id: "7:1", data: { customer: "Ada", item: { sku: "y" } } },
      ],
    },
    {
      shows: "the element alone as data",
      with: { field: "items", into: "events", keep: "element" },
      given: { id: "7", data: { items: [{ sku: "x" }, { sku: "y" }] } },
      expect: [
        { id: "7:0", data: { sku: "x" } },
        { id: "7:1", data: { sku: "y" } },
      ],
    },
    {
      shows: "without elements, the event is filtered",
      with: { field: "items", into: "events" },
      given: { data: { items: [] } },
      expect: [],
    },
    {
      shows: "an array is not split once more",
      with: { field: "tags", separator: "," },
      given: { data: { tags: ["a"] } },
      expect: { rejects: "tags: is no text." },
    },
  ],
  make({ field, separator, pattern, target = field, into, keep, ignoreMissing, ...clean }, preparation) {
    if (separator !== undefined && pattern !== undefined)
      preparation.fault(["pattern"], "stands beside separator: one is enough");
    const splits = separator !== undefined || pattern !== undefined;
    if (!splits && into === "array")
      preparation.fault([], "has a separator or a pattern, or splits into events");
    if (keep === "element" && target !== field)
      preparation.fault(["target"], "has no meaning where the element is all of the data");
    const parts = (value: unknown): unknown[] => {
      if (Array.isArray(value) && into === "events") return value;
      if (typeof value !== "string" || !splits)
        throw new Reject(`${field.text}: is no ${splits ? "text" : "array"}.`);
      const texts =
        pattern === undefined ? value.split(separator ?? "", ELEMENTS_MAX + 1) : splitBy(pattern, value);
      if (texts.length > ELEMENTS_MAX)
        throw new Reject(`${field.text}: has more than ${ELEMENTS_MAX} parts.`);
      const trimmed = clean.trim ? texts.map((text) => text.trim()) : texts;
      return clean.dropEmpty ? trimmed.filter((text) => text !== "") : trimmed;
    };
    const whole: Decorate = (event) => write(event, target, parts(read(event, field)));
    const go = into === "array" ? whole : (event: CloudEvent) => eventsOf(event, field, target, parts, keep);
    return (event, context) => {
      if ((read(event, field) ?? null) !== null) return go(event, context);
      if (ignoreMissing) return event;
      throw missing(field);
    };
  },
});

function eventsOf(
  event: CloudEvent,
  field: EventPath,
  target: EventPath,
  parts: (value: unknown) => unknown[],
  keep: "all" | "element",
): CloudEvent[] {
  const elements = parts(read(event, field));
  if (elements.length > SPLIT_EVENTS_MAX) {
    throw new Reject(
      `${field.text}: has ${elements.length} elements; an event becomes at most ${SPLIT_EVENTS_MAX}.`,
    );
  }
  // The array is put out of the way first, so that the events do not each hold all of it.
  const rest = keep === "all" && target !== field ? remove(event, field) : event;
  return elements.map((element, index) => {
    const made = keep === "element" ? withData(event, element) : write(rest, target, element);
    return { ...made, id: `${event.id}:${index}` };
  });
}

function splitBy(pattern: Pattern, text: string): string[] {
  const parts: string[] = [];
  let end = 0;
  for (const match of pattern.matches(text)) {
    // What is empty stands between any two characters, and would split a text into them.
    if (match.start === match.end) continue;
    parts.push(text.slice(end, match.start));
    end = match.end;
    if (parts.length > ELEMENTS_MAX) break;
  }
  return [...parts, text.slice(end)];
}
