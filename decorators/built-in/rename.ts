/** Moves fields and attributes to other names or places. */
import { z } from "zod";
import type { CloudEvent } from "../../core/cloudevents/event.ts";
import { defineDecorator, Reject } from "../contract.ts";
import { read, remove, write } from "../support/access.ts";
import { missing } from "../support/field-decorator.ts";
import { ignoreMissingOption, pathMapOption } from "../support/options.ts";
import { removeProblem, type EventPath } from "../support/path.ts";

export const rename = defineDecorator({
  name: "rename",
  summary: "Moves fields and attributes to other names or places.",
  options: z.strictObject({
    fields: pathMapOption("one", "target").describe(
      "New paths by old ones. They are moved one after the other.",
    ),
    override: z
      .boolean()
      .default(false)
      .describe("Replaces what is at the new path; else such an event is rejected."),
    ignoreMissing: ignoreMissingOption(),
  }),
  examples: [
    {
      shows: "another name, another place, and into an attribute",
      with: { fields: { custName: "customer.name", "meta.lang": "language", kind: "@subject" } },
      given: { data: { custName: "Ada", meta: { lang: "de", v: 1 }, kind: "order" } },
      expect: [{ subject: "order", data: { meta: { v: 1 }, customer: { name: "Ada" }, language: "de" } }],
    },
    {
      shows: "a null is moved too",
      with: { fields: { a: "b" } },
      given: { data: { a: null } },
      expect: [{ data: { b: null } }],
    },
    {
      shows: "what is there is not overwritten",
      with: { fields: { a: "b" } },
      given: { data: { a: 1, b: 2 } },
      expect: { rejects: "b: is there already." },
    },
    {
      shows: "unless that is wanted",
      with: { fields: { a: "b" }, override: true },
      given: { data: { a: 1, b: 2 } },
      expect: [{ data: { b: 1 } }],
    },
    {
      shows: "what is missing rejects the event, or is ignored",
      with: { fields: { a: "b" }, ignoreMissing: true },
      given: { data: {} },
      expect: [{ data: {} }],
    },
  ],
  make({ fields, override, ignoreMissing }, preparation) {
    for (const [from] of fields) {
      const problem = removeProblem(from);
      if (problem !== undefined) preparation.fault(["fields", from.text], problem);
    }
    const move = (event: CloudEvent, from: EventPath, to: EventPath) => {
      const value = read(event, from);
      if (value === undefined) {
        if (ignoreMissing) return event;
        throw missing(from);
      }
      const left = remove(event, from);
      if (!override && read(left, to) !== undefined) throw new Reject(`${to.text}: is there already.`);
      return write(left, to, value);
    };
    return (event) => fields.reduce((moved, [from, to]) => move(moved, from, to), event);
  },
});
