/** Makes values of one type into those of another. */
import { z } from "zod";
import { Reject } from "../contract.ts";
import { defineFieldDecorator } from "../support/field-decorator.ts";
import { textOf } from "../support/template.ts";

const TYPES = ["string", "number", "integer", "boolean", "auto"] as const;
type Type = (typeof TYPES)[number];

/** JSON's numbers, with what people write beside: a plus, a leading or trailing point. Not Infinity, hexadecimal or nothing. */
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

const BOOLEANS = new Map([
  ["true", true],
  ["yes", true],
  ["on", true],
  ["1", true],
  ["false", false],
  ["no", false],
  ["off", false],
  ["0", false],
]);

export const convert = defineFieldDecorator({
  name: "convert",
  summary:
    "Makes values of one type into those of another: texts into numbers, numbers into texts, and so on.",
  options: {
    type: z
      .enum(TYPES)
      .describe(
        "What the value becomes. auto: a text that reads as a number or as true or false becomes that.",
      ),
  },
  eachElement: true,
  examples: [
    {
      shows: "a text becomes a number",
      with: { field: "price", type: "number" },
      given: { data: { price: " 12.50 " } },
      expect: [{ data: { price: 12.5 } }],
    },
    {
      shows: "each item's, and each element of an array",
      with: { field: ["items[*].quantity", "codes"], type: "integer" },
      given: { data: { items: [{ quantity: "3" }, { quantity: 4 }], codes: ["1", "2"] } },
      expect: [{ data: { items: [{ quantity: 3 }, { quantity: 4 }], codes: [1, 2] } }],
    },
    {
      shows: "yes and no, on and off, 1 and 0 are booleans",
      with: { field: "active", type: "boolean", target: "isActive" },
      given: { data: { active: "Yes" } },
      expect: [{ data: { active: "Yes", isActive: true } }],
    },
    {
      shows: "an object becomes its JSON",
      with: { field: "detail", type: "string" },
      given: { data: { detail: { a: 1 } } },
      expect: [{ data: { detail: '{"a":1}' } }],
    },
    {
      shows: "auto takes what reads as something",
      with: { field: ["a", "b", "c"], type: "auto" },
      given: { data: { a: "5", b: "true", c: "five" } },
      expect: [{ data: { a: 5, b: true, c: "five" } }],
    },
    {
      shows: "what reads as no number rejects the event",
      with: { field: "price", type: "number" },
      given: { data: { price: "twelve" } },
      expect: { rejects: 'price: "twelve" is no number.' },
    },
    {
      shows: "an integer has no fraction, and is exact",
      with: { field: "count", type: "integer" },
      given: { data: { count: "1.5" } },
      expect: { rejects: 'count: "1.5" is no integer.' },
    },
  ],
  make: ({ type }) => {
    const change = CHANGES[type];
    return (value) => {
      const changed = change(value);
      if (changed === undefined) throw new Reject(`${shown(value)} is no ${type}.`);
      return changed;
    };
  },
});

const CHANGES: Record<Type, (value: unknown) => unknown> = {
  string: textOf,
  number: toNumber,
  integer: (value) => {
    const number = toNumber(value);
    return number !== undefined && Number.isSafeInteger(number) ? number : undefined;
  },
  boolean: toBoolean,
  auto: (value) => {
    if (typeof value !== "string") return value;
    const lower = value.trim().toLowerCase();
    if (lower === "true" || lower === "false") return lower === "true";
    return toNumber(value) ?? value;
  },
};

function toNumber(value: unknown): number | undefined {
  if (typeof value === "number") return value;
  if (typeof value === "boolean") return value ? 1 : 0;
  if (typeof value !== "string") return undefined;
  const text = value.trim();
  const number = NUMBER.test(text) ? Number(text) : Number.NaN;
  return Number.isFinite(number) ? number : undefined;
}

function toBoolean(value: unknown): boolean | undefined {
  if (typeof value === "boolean") return value;
  if (typeof value === "number") return value === 1 ? true : value === 0 ? false : undefined;
  return typeof value === "string" ? BOOLEANS.get(value.trim().toLowerCase()) : undefined;
}

const SHOWN_CHARS_MAX = 40;

/** Enough of a value to know it by; errors are kept, and not meant to keep an event's data. */
function shown(value: unknown): string {
  const json = JSON.stringify(value);
  return json.length > SHOWN_CHARS_MAX ? `${json.slice(0, SHOWN_CHARS_MAX)}…` : json;
}
