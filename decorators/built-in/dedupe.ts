/** Filters events that were seen before. */
import { z } from "zod";
import { eventKey } from "../../core/cloudevents/event.ts";
import { defineDecorator } from "../contract.ts";
import { WINDOW_SECONDS_MAX } from "../limits.ts";
import { nameOption, pathsOption } from "../support/options.ts";
import { keyOf, ownerOf } from "../support/stateful.ts";

export const dedupe = defineDecorator({
  name: "dedupe",
  summary:
    "Filters an event when another with the same key was here within a window. The first one goes on, also when it is tried again.",
  options: z.strictObject({
    by: pathsOption()
      .optional()
      .describe(
        "What makes the key, all together; what is missing counts as a value. Absent: the event's source and id.",
      ),
    windowSeconds: z
      .number()
      .int()
      .min(1)
      .max(WINDOW_SECONDS_MAX)
      .default(3600)
      .describe("How long a key is remembered, from when it was first seen."),
    scope: nameOption()
      .optional()
      .describe(
        "Steps with the same scope know each other's keys, also in other pipelines; absent: each pipeline by itself.",
      ),
  }),
  examples: [
    {
      shows: "an event whose key was not seen goes on",
      with: { by: ["orderId", "status"], windowSeconds: 600 },
      given: { data: { orderId: "o-1", status: "paid" } },
      expect: [{ data: { orderId: "o-1", status: "paid" } }],
    },
    {
      shows: "one whose key another event has claimed is filtered",
      with: { by: "orderId", scope: "seen-before" },
      given: { data: { orderId: "o-1" } },
      expect: [],
    },
  ],
  make({ by, windowSeconds, scope }) {
    return async (event, context) => {
      const first = await context.services.claims.claim({
        scope:
          scope === undefined
            ? `dedupe/pipeline/${context.pipeline}/${by?.map(({ text }) => text).join() ?? ""}`
            : `dedupe/scope/${scope}`,
        key: by === undefined ? eventKey(event) : await keyOf(event, by),
        owner: ownerOf(event, context),
        windowMs: windowSeconds * 1000,
      });
      return first ? event : undefined;
    };
  },
});
