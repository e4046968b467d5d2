/** Lets events go on whose data is as a JSON Schema says. */
import { dereference, validate, type OutputUnit } from "@cfworker/json-schema";
import { z } from "zod";
import { defineDecorator, Reject } from "../contract.ts";
import { read, write } from "../support/access.ts";
import { PROPERTY_NAME_CHARS_MAX, safeSchema } from "../support/json-schema-patterns.ts";
import { pathOption } from "../support/options.ts";

/** References that are followed for one event: a tree of the largest event has some ten thousand nodes. */
const REFERENCES_MAX = 50_000;

/** Faults that are listed: data can have one in each of its thousands of values. */
const FAULTS_LISTED_MAX = 100;

/** Faults in a message: who mends a sender mends these first. */
const FAULTS_SHOWN_MAX = 3;

/** Values of every type: a schema that can't be evaluated at all shows it with one of them. */
const PROBES = [null, true, 1, "text", [], {}];

export const jsonSchema = defineDecorator({
  name: "json-schema",
  summary:
    "Lets events go on whose data is as a JSON Schema says; the others are rejected, with what is wrong and where.",
  options: z.strictObject({
    schema: z
      .union([z.record(z.string(), z.unknown()), z.boolean()])
      .describe(
        "The schema. Its patterns are of RE2's syntax; it refers to places within itself alone, and formats are checked.",
      ),
    draft: z.enum(["2020-12", "2019-09", "7", "4"]).default("2020-12").describe("Of JSON Schema."),
    field: pathOption("one").prefault("$").describe("What is looked at; absent: the data as a whole."),
    invalid: z
      .enum(["reject", "mark"])
      .default("reject")
      .describe(
        "What becomes of an event that is not as the schema says: it is rejected, or goes on with its faults at target.",
      ),
    target: pathOption("target")
      .prefault("schemaFaults")
      .describe("With mark: where the list of faults goes."),
  }),
  examples: [
    {
      shows: "an event that is as it should be goes on",
      with: {
        schema: {
          type: "object",
          required: ["item"],
          properties: {
            item: { type: "string", pattern: "^[a-z]+$" },
            quantity: { type: "integer", minimum: 1 },
          },
        },
      },
      given: { data: { item: "lamp", quantity: 2 } },
      expect: [{ data: { item: "lamp", quantity: 2 } }],
    },
    {
      shows: "one that is not says where",
      with: { schema: { properties: { items: { items: { properties: { quantity: { minimum: 1 } } } } } } },
      given: { data: { items: [{ quantity: 2 }, { quantity: 0 }] } },
      expect: { rejects: "The data is not as the schema says: items[1].quantity: 0 is less than 1." },
    },
    {
      shows: "or goes on, with its faults",
      with: { schema: { required: ["item"] }, invalid: "mark" },
      given: { data: {} },
      expect: [
        {
          data: { schemaFaults: [{ path: "", message: 'Instance does not have required property "item".' }] },
        },
      ],
    },
  ],
  make({ schema, draft, field, invalid, target }, preparation) {
    let isFaulty = false;
    const fault = (path: readonly PropertyKey[], message: string) => {
      isFaulty = true;
      preparation.fault(["schema", ...path], message);
    };
    const safe = safeSchema(schema, fault);
    if (isFaulty) return (event) => event;
    const lookup = dereference(safe.schema);
    const check = (value: unknown) =>
      validate(value, safe.schema, draft, counted(lookup), invalid === "reject");
    try {
      for (const probe of PROBES) check(probe);
    } catch (error) {
      fault(
        [],
        `can't be evaluated: ${error instanceof RangeError ? "it refers to itself without end" : shown(error)}`,
      );
      return (event) => event;
    }
    return (event) => {
      const value = read(event, field);
      if (value === undefined) throw new Reject(`${field.text}: is missing.`);
      if (safe.matchesNames) checkNames(value);
      const { valid, errors } = check(value);
      if (valid) return event;
      const faults = leaves(errors).map((unit) => ({
        path: pathOf(unit.instanceLocation),
        message: messageOf(unit),
      }));
      if (invalid === "mark") return write(event, target, faults);
      const told = faults
        .slice(0, FAULTS_SHOWN_MAX)
        .map(({ path, message }) => (path === "" ? message : `${path}: ${message}`));
      throw new Reject(`The data is not as the schema says: ${told.join(" ")}`);
    };
  },
});

/**
 * Without `$ref`, a schema does work in proportion to its own size and the data's; with them, twenty schemas that each
 * refer twice to the next do a million times as much. So they are counted.
 */
function counted<Lookup extends object>(lookup: Lookup): Lookup {
  let left = REFERENCES_MAX;
  return new Proxy(lookup, {
    get(target, name, receiver): unknown {
      left--;
      if (left < 0) throw new Reject(`The schema follows more than ${REFERENCES_MAX} references.`);
      return Reflect.get(target, name, receiver);
    },
  });
}

/** The errors that say what is wrong; the others say that something within is. */
function leaves(all: readonly OutputUnit[]): OutputUnit[] {
  const errors = all.slice(0, FAULTS_LISTED_MAX);
  const inner = errors.filter(
    ({ instanceLocation, keywordLocation }, at) =>
      !errors.some(
        (other, index) =>
          index > at &&
          other.keywordLocation.startsWith(keywordLocation) &&
          other.instanceLocation.startsWith(instanceLocation) &&
          other.keywordLocation !== keywordLocation,
      ),
  );
  return inner.length > 0 ? inner : errors;
}

/** A JSON pointer as a fragment (`#/items/1/quantity`), as the house writes places. */
function pathOf(location: string): string {
  const steps = location.split("/").slice(1);
  return steps
    .map((step) => safeDecode(step).replaceAll("~1", "/").replaceAll("~0", "~"))
    .map((step, index) => (/^\d+$/.test(step) ? `[${step}]` : `${index === 0 ? "" : "."}${step}`))
    .join("");
}

function safeDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function messageOf({ error, keyword }: OutputUnit): string {
  return keyword === "format"
    ? error.replace(/^String does not match format "pattern:.*"\.$/s, "The text does not match the pattern.")
    : error;
}

function shown(error: unknown): string {
  return error instanceof Error ? error.message.slice(0, 200) : "";
}

/** Patterns of names are JavaScript's: a long name could keep them busy. */
function checkNames(value: unknown): void {
  const ahead: unknown[] = [value];
  while (ahead.length > 0) {
    const each = ahead.pop();
    if (typeof each !== "object" || each === null) continue;
    for (const [name, member] of Object.entries(each)) {
      if (name.length > PROPERTY_NAME_CHARS_MAX)
        throw new Reject("The data has a name that is too long for the schema's patterns.");
      ahead.push(member);
    }
  }
}
