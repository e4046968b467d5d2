/** Rejects events on purpose. */
import { z } from "zod";
import { defineDecorator, Reject } from "../contract.ts";
import { conditionOption } from "../support/options.ts";
import { templateOption } from "../support/template.ts";

export const fail = defineDecorator({
  name: "fail",
  summary: "Rejects events: they go to the dead letters with a message.",
  options: z.strictObject({
    message: templateOption().describe(
      "Why, for whoever looks at the dead letter; {{customer.name}} stands for what is there.",
    ),
    when: conditionOption()
      .optional()
      .describe("CESQL over the event: which ones are rejected; absent: all that come here."),
  }),
  examples: [
    {
      shows: "an event that meets the condition is rejected",
      with: { when: "data.total < 0", message: "Order {{id}} has a negative total." },
      given: { data: { id: "o-1", total: -5 } },
      expect: { rejects: "Order o-1 has a negative total." },
    },
    {
      shows: "others go on",
      with: { when: "data.total < 0", message: "negative" },
      given: { data: { total: 5 } },
      expect: [{ data: { total: 5 } }],
    },
    {
      shows: "without a condition, all are",
      with: { message: "{{@type}} is not supported." },
      given: { type: "refund" },
      expect: { rejects: "refund is not supported." },
    },
  ],
  make:
    ({ message, when }) =>
    (event) => {
      if (when !== undefined && !when(event)) return event;
      throw new Reject(message(event));
    },
});
