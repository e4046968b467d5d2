/** Lets some events go on. */
import { z } from "zod";
import { defineDecorator } from "../contract.ts";
import { conditionOption } from "../support/options.ts";

export const filter = defineDecorator({
  name: "filter",
  summary: "Lets the events go on that meet a condition, or those that don't; the others are filtered.",
  options: z
    .strictObject({
      keep: conditionOption().optional().describe("CESQL over the event: which ones go on."),
      drop: conditionOption().optional().describe("CESQL over the event: which ones don't."),
    })
    .refine(({ keep, drop }) => (keep === undefined) !== (drop === undefined), "has either keep or drop"),
  examples: [
    {
      shows: "those that meet the condition go on",
      with: { keep: "data.total >= 100 AND type = 'order'" },
      given: { type: "order", data: { total: 120 } },
      expect: [{ type: "order", data: { total: 120 } }],
    },
    {
      shows: "the others are filtered",
      with: { keep: "data.total >= 100" },
      given: { data: { total: 5 } },
      expect: [],
    },
    {
      shows: "drop is the other way round",
      with: { drop: "data.test" },
      given: { data: { test: true } },
      expect: [],
    },
    {
      shows: "a condition that can't be told is not met: keep filters, and drop does not",
      with: { drop: "subject = 'x'" },
      given: { data: {} },
      expect: [{ data: {} }],
    },
  ],
  make: ({ keep, drop }) => {
    if (keep !== undefined) return (event) => (keep(event) ? event : undefined);
    return (event) => (drop?.(event) === true ? undefined : event);
  },
});
