/** Lets a share of events go on. */
import { z } from "zod";
import { eventKey } from "../../core/cloudevents/event.ts";
import { hashOf } from "../../core/query/hash.ts";
import { defineDecorator } from "../contract.ts";
import { read } from "../support/access.ts";
import { canonicalJson } from "../support/canonical-json.ts";
import { pathOption } from "../support/options.ts";

export const sample = defineDecorator({
  name: "sample",
  summary: "Lets a share of the events go on, always the same ones; the others are filtered.",
  options: z.strictObject({
    share: z.number().min(0).max(1).describe("The share that goes on, from 0 to 1."),
    by: pathOption("one")
      .optional()
      .describe(
        "Events with the same value there go on, or don't, together; absent, or nothing there: each event by its source and id.",
      ),
    seed: z
      .string()
      .max(100)
      .default("")
      .describe("Steps with different seeds draw independently of each other."),
  }),
  examples: [
    { shows: "all of them", with: { share: 1 }, given: { data: {} }, expect: [{ data: {} }] },
    { shows: "none of them", with: { share: 0 }, given: { data: {} }, expect: [] },
    {
      shows: "a tenth of the users, with everything that they do",
      with: { share: 0.1, by: "user" },
      given: { data: { user: "u-17" } },
      expect: [],
    },
  ],
  make:
    ({ share, by, seed }) =>
    (event) => {
      const value = by === undefined ? undefined : read(event, by);
      const key = value === undefined || value === null ? eventKey(event) : canonicalJson(value);
      // 53 bits, the most that a number has; drawn by hash, so that a repetition is drawn as before.
      const { high, low } = hashOf(`${seed}\n${key}`);
      const drawn = (high * 2 ** 21 + (low >>> 11)) / 2 ** 53;
      return drawn < share ? event : undefined;
    },
});
