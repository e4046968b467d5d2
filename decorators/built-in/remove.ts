/** Removes fields and attributes, or all fields but some. */
import { z } from "zod";
import type { CloudEvent } from "../../core/cloudevents/event.ts";
import { isObject } from "../../core/document/values.ts";
import { defineDecorator } from "../contract.ts";
import { remove as removeAt, rewrite, withData } from "../support/access.ts";
import { missing } from "../support/field-decorator.ts";
import { ignoreMissingOption, pathsOption } from "../support/options.ts";
import { isPlural, removeProblem, type EventPath } from "../support/path.ts";

const NAMES_MAX = 256;

export const remove = defineDecorator({
  name: "remove",
  summary: "Removes fields and attributes, or all fields but some.",
  options: z
    .strictObject({
      fields: pathsOption().optional().describe("What is removed; items[*].cost is that of each item."),
      keep: z
        .array(z.string().min(1))
        .min(1, "names at least one field")
        .max(NAMES_MAX)
        .optional()
        .describe("Names of the data's fields that stay, where all others go."),
      ignoreMissing: ignoreMissingOption(),
    })
    .refine(
      ({ fields, keep }) => (fields === undefined) !== (keep === undefined),
      "has either fields or keep",
    ),
  examples: [
    {
      shows: "a field, one of each item, and an attribute",
      with: { fields: ["password", "items[*].cost", "@traceid"] },
      given: { traceid: "a", data: { user: "ada", password: "x", items: [{ id: 1, cost: 5 }, { id: 2 }] } },
      expect: [{ data: { user: "ada", items: [{ id: 1 }, { id: 2 }] } }],
    },
    {
      shows: "an element of an array",
      with: { fields: "tags[-1]" },
      given: { data: { tags: ["a", "b", "c"] } },
      expect: [{ data: { tags: ["a", "b"] } }],
    },
    {
      shows: "all fields but some",
      with: { keep: ["id", "total"] },
      given: { data: { id: "1", total: 5, note: "x", address: {} } },
      expect: [{ data: { id: "1", total: 5 } }],
    },
    {
      shows: "what is missing rejects the event",
      with: { fields: ["password"] },
      given: { data: { user: "ada" } },
      expect: { rejects: "password: is missing." },
    },
    {
      shows: "unless that is ignored",
      with: { fields: ["password"], ignoreMissing: true },
      given: { data: { user: "ada" } },
      expect: [{ data: { user: "ada" } }],
    },
  ],
  make({ fields = [], keep, ignoreMissing }, preparation) {
    for (const path of fields) {
      const problem = removeProblem(path);
      if (problem !== undefined) preparation.fault(["fields"], problem);
    }
    if (keep !== undefined) {
      const names = new Set(keep);
      return (event) => keepFields(event, names);
    }
    return (event) => fields.reduce((left, path) => take(left, path, ignoreMissing), event);
  },
});

function take(event: CloudEvent, path: EventPath, ignoreMissing: boolean): CloudEvent {
  if (ignoreMissing || isPlural(path)) return removeAt(event, path);
  let found = false;
  const left = rewrite(event, path, () => {
    found = true;
    return undefined;
  });
  if (!found) throw missing(path);
  return left;
}

function keepFields(event: CloudEvent, names: ReadonlySet<string>): CloudEvent {
  if (!isObject(event.data)) return event;
  const entries = Object.entries(event.data);
  const kept = entries.filter(([name]) => names.has(name));
  return kept.length === entries.length ? event : withData(event, Object.fromEntries(kept));
}
