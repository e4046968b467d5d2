/** Sets fields and attributes: to values, to what is elsewhere in the event, or to texts made of both. */
import { z } from "zod";
import type { CloudEvent } from "../../core/cloudevents/event.ts";
import { defineDecorator } from "../contract.ts";
import { read, write } from "../support/access.ts";
import { mapOption, pathMapOption } from "../support/options.ts";
import type { EventPath } from "../support/path.ts";
import { templateOption } from "../support/template.ts";

export const set = defineDecorator({
  name: "set",
  summary:
    "Sets fields and attributes: to values, to what is elsewhere in the event, or to texts made of it.",
  options: z
    .strictObject({
      values: mapOption("target", z.unknown()).optional().describe("Values by path."),
      from: pathMapOption("target", "one")
        .optional()
        .describe("Paths by path: each takes what the other holds, and nothing where that holds nothing."),
      texts: mapOption("target", templateOption())
        .optional()
        .describe("Texts by path, in which {{customer.name}} stands for what is there."),
      override: z
        .boolean()
        .default(true)
        .describe("Sets what is there already too; a null is as good as nothing."),
    })
    .refine(
      ({ values, from, texts }) => (values ?? from ?? texts) !== undefined,
      "names something to set, in values, from or texts",
    ),
  examples: [
    {
      shows: "a value, a copy and a text",
      with: {
        values: { status: "new", "@subject": "orders" },
        from: { "billing.city": "shipping.city" },
        texts: { title: "{{item}} for {{customer.name}}" },
      },
      given: { data: { item: "lamp", customer: { name: "Ada" }, shipping: { city: "Bonn" } } },
      expect: [
        {
          subject: "orders",
          data: {
            item: "lamp",
            customer: { name: "Ada" },
            shipping: { city: "Bonn" },
            status: "new",
            billing: { city: "Bonn" },
            title: "lamp for Ada",
          },
        },
      ],
    },
    {
      shows: "without override, what is there stays",
      with: { values: { level: "info", source: "web" }, override: false },
      given: { data: { level: "warn", source: null } },
      expect: [{ data: { level: "warn", source: "web" } }],
    },
    {
      shows: "values are set before copies, and copies before texts",
      with: { values: { a: 1 }, from: { b: "a" }, texts: { c: "{{a}}/{{b}}" } },
      given: {},
      expect: [{ data: { a: 1, b: 1, c: "1/1" } }],
    },
    {
      shows: "a field of what is no object can't be set",
      with: { values: { "tags.first": "x" } },
      given: { data: { tags: "a,b" } },
      expect: { rejects: "tags.first: what it leads through is no object." },
    },
  ],
  make({ values = [], from = [], texts = [], override }) {
    const put = (event: CloudEvent, path: EventPath, value: unknown) => {
      if (value === undefined || (!override && (read(event, path) ?? null) !== null)) return event;
      return write(event, path, value);
    };
    return (event) => {
      let changed = event;
      for (const [path, value] of values) changed = put(changed, path, value);
      for (const [path, source] of from) changed = put(changed, path, read(changed, source));
      for (const [path, template] of texts) changed = put(changed, path, template(changed));
      return changed;
    };
  },
});
