/** Holds events to a rate. */
import { z } from "zod";
import { defineDecorator, Later, Reject } from "../contract.ts";
import { WINDOW_SECONDS_MAX } from "../limits.ts";
import { nameOption, pathsOption } from "../support/options.ts";
import { keyOf, ownerOf } from "../support/stateful.ts";

const PERMITS_MAX = 1_000_000;

export const rateLimit = defineDecorator({
  name: "rate-limit",
  summary:
    "Holds events to a rate, all together or by a key. Those above it wait, or are filtered, or rejected.",
  options: z.strictObject({
    permits: z.number().int().min(1).max(PERMITS_MAX).describe("How many events go on in an interval."),
    intervalSeconds: z.number().int().min(1).max(WINDOW_SECONDS_MAX).default(1).describe("The interval."),
    burst: z
      .number()
      .int()
      .min(1)
      .max(PERMITS_MAX)
      .optional()
      .describe(
        "How many may go on at once when there were few before; absent: as many as an interval's permits.",
      ),
    by: pathsOption()
      .optional()
      .describe("What has a rate of its own, such as customerId; absent: all events share one."),
    over: z
      .enum(["wait", "filter", "reject"])
      .default("wait")
      .describe(
        "What becomes of an event above the rate: it waits for its turn, is filtered, or is rejected.",
      ),
    scope: nameOption()
      .optional()
      .describe(
        "Steps with the same scope share a rate, also in other pipelines; absent: each pipeline by itself.",
      ),
  }),
  examples: [
    {
      shows: "an event within the rate goes on",
      with: { permits: 10, intervalSeconds: 60, by: "customerId" },
      given: { data: { customerId: "c-1" } },
      expect: [{ data: { customerId: "c-1" } }],
    },
    {
      shows: "one above it is filtered, where that is wanted",
      with: { permits: 1, intervalSeconds: 60, over: "filter", scope: "used-up" },
      given: { data: {} },
      expect: [],
    },
    {
      shows: "or rejected",
      with: { permits: 1, intervalSeconds: 60, over: "reject", scope: "used-up" },
      given: { data: {} },
      expect: { rejects: "More than 1 event in 60 seconds." },
    },
  ],
  make({ permits, intervalSeconds, burst = permits, by, over, scope }) {
    const message = `More than ${permits} ${permits === 1 ? "event" : "events"} in ${intervalSeconds} ${intervalSeconds === 1 ? "second" : "seconds"}.`;
    // Steps of one pipeline that hold other things to a rate have buckets of their own.
    const own = by?.map(({ text }) => text).join() ?? "";
    return async (event, context) => {
      const waitMs = await context.services.rates.take({
        scope:
          scope === undefined
            ? `rate/pipeline/${context.pipeline}/${permits}/${intervalSeconds}/${own}`
            : `rate/scope/${scope}`,
        key: by === undefined ? "" : await keyOf(event, by),
        owner: ownerOf(event, context),
        permits,
        intervalMs: intervalSeconds * 1000,
        burst,
      });
      if (waitMs <= 0) return event;
      if (over === "filter") return undefined;
      throw over === "reject" ? new Reject(message) : new Later(message, waitMs);
    };
  },
});
