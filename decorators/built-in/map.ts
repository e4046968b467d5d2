/** Maps an event's data by JSONata. */
import { z } from "zod";
import type { CloudEvent } from "../../core/cloudevents/event.ts";
import { defineDecorator, Reject } from "../contract.ts";
import { write } from "../support/access.ts";
import { compileMapping, type Mapping } from "../support/bounded-jsonata.ts";
import { pathOption } from "../support/options.ts";

export const map = defineDecorator({
  name: "map",
  summary:
    "Maps the data by a JSONata expression. It ends after 100,000 steps of evaluation at the latest, so that none runs for ever.",
  options: z.strictObject({
    expression: z
      .string()
      .transform((text, context): Mapping => {
        const compiled = compileMapping(text);
        if (compiled.ok) return compiled.mapping;
        context.addIssue({ code: "custom", message: compiled.message });
        return z.NEVER;
      })
      .describe(
        "JSONata over the data; $event has the event's attributes. $eval is not there, and patterns are of RE2's syntax.",
      ),
    target: pathOption("target").prefault("$").describe("Where the result goes; $ is the data as a whole."),
    nothing: z
      .enum(["reject", "ignore", "filter"])
      .default("reject")
      .describe(
        "What becomes of an event for which the expression has no result: rejected, left as it is, or filtered.",
      ),
  }),
  examples: [
    {
      shows: "new data of the old",
      with: {
        expression:
          '{"customer": customer.name, "total": $sum(items.(price * quantity)), "kind": $event.type}',
      },
      given: {
        type: "order",
        data: {
          customer: { name: "Ada" },
          items: [
            { price: 2.5, quantity: 2 },
            { price: 1, quantity: 3 },
          ],
        },
      },
      expect: [{ type: "order", data: { customer: "Ada", total: 8, kind: "order" } }],
    },
    {
      shows: "one field beside the others",
      with: { expression: "$uppercase(code)", target: "label" },
      given: { data: { code: "ab" } },
      expect: [{ data: { code: "ab", label: "AB" } }],
    },
    {
      shows: "no result filters, where that is wanted",
      with: { expression: "items[price > 100]", nothing: "filter" },
      given: { data: { items: [{ price: 5 }] } },
      expect: [],
    },
    {
      shows: "an expression that never ends rejects the event",
      with: { expression: "($f := function($n) { $f($n + 1) }; $f(0))" },
      given: { data: {} },
      expect: { rejects: "The mapping takes more than 100000 steps." },
    },
  ],
  make: ({ expression, target, nothing }) => {
    return async (event) => {
      const result = await expression.evaluate(event.data, { event: attributesOf(event) });
      if (result !== undefined) return write(event, target, result);
      if (nothing === "reject") throw new Reject("The expression has no result.");
      return nothing === "ignore" ? event : undefined;
    };
  },
});

function attributesOf(event: CloudEvent): object {
  const { data: _, data_base64: __, ...attributes } = event;
  return attributes;
}
