/** Reads dates of many formats, and writes them in one. */
import { z } from "zod";
import { Reject } from "../contract.ts";
import { compileDateFormat, type DateFormat } from "../support/date-formats.ts";
import { defineFieldDecorator } from "../support/field-decorator.ts";
import { timeZoneOption } from "../support/options.ts";

const FORMATS_MAX = 16;

const format = () =>
  z.string().transform((text, context): Extract<DateFormat, { ok: true }> => {
    const compiled = compileDateFormat(text);
    if (compiled.ok) return compiled;
    context.addIssue({ code: "custom", message: compiled.message });
    return z.NEVER;
  });

export const date = defineFieldDecorator({
  name: "date",
  summary:
    "Reads dates of many formats, and writes them in one: by default as ISO 8601 in UTC, as a date field of a collection takes it.",
  options: {
    formats: z
      .array(format())
      .min(1, "names at least one format")
      .max(FORMATS_MAX)
      .prefault(["ISO8601"])
      .describe(
        "Tried in order: ISO8601, UNIX (seconds), UNIX_MS, or a pattern such as dd/MM/yyyy HH:mm:ss. Months and days have English names.",
      ),
    timezone: timeZoneOption().describe("Of a date that says none, and of what is written by a pattern."),
    output: format().prefault("ISO8601").describe("How it is written: as in formats."),
  },
  eachElement: true,
  examples: [
    {
      shows: "a local time becomes one that everybody understands",
      with: { field: "ordered", formats: ["dd.MM.yyyy HH:mm"], timezone: "Europe/Berlin" },
      given: { data: { ordered: "31.07.2026 09:30" } },
      expect: [{ data: { ordered: "2026-07-31T07:30:00.000Z" } }],
    },
    {
      shows: "the first format that fits counts; an attribute can be the target",
      with: { field: "ts", formats: ["ISO8601", "UNIX", "MMM d, yyyy"], target: "@time" },
      given: { data: { ts: 1767225600 } },
      expect: [{ time: "2026-01-01T00:00:00.000Z", data: { ts: 1767225600 } }],
    },
    {
      shows: "a web server's log",
      with: { field: "at", formats: ["dd/MMM/yyyy:HH:mm:ss Z"] },
      given: { data: { at: "10/Oct/2025:13:55:36 -0700" } },
      expect: [{ data: { at: "2025-10-10T20:55:36.000Z" } }],
    },
    {
      shows: "another way out",
      with: {
        field: "day",
        output: "EEE, d MMM yyyy, h:mm a",
        timezone: "America/New_York",
        target: "shown",
      },
      given: { data: { day: "2026-01-31T17:05:00Z" } },
      expect: [{ data: { day: "2026-01-31T17:05:00Z", shown: "Sat, 31 Jan 2026, 12:05 PM" } }],
    },
    {
      shows: "a day that does not exist rejects the event",
      with: { field: "day", formats: ["yyyy-MM-dd"] },
      given: { data: { day: "2026-02-30" } },
      expect: { rejects: "day: is no date of the formats." },
    },
  ],
  make:
    ({ formats, timezone, output }) =>
    (value) => {
      if (typeof value === "string" || typeof value === "number") {
        for (const { read } of formats) {
          const time = read(value, timezone);
          if (time !== undefined && Number.isFinite(time)) return output.write(time, timezone);
        }
      }
      throw new Reject("is no date of the formats.");
    },
});
