/** Adds what clocks and calendars say of an event's time. */
import { z } from "zod";
import { parseDate } from "../../core/dates.ts";
import { defineDecorator, Reject } from "../contract.ts";
import { read, write } from "../support/access.ts";
import { compileDateFormat, offsetAt, wallOf } from "../support/date-formats.ts";
import { pathOption, timeZoneOption } from "../support/options.ts";

const FIELDS = [
  "iso",
  "epochMs",
  "local",
  "date",
  "year",
  "quarter",
  "month",
  "week",
  "day",
  "weekday",
  "hour",
  "minute",
  "offset",
] as const;
type TimeField = (typeof FIELDS)[number];

/** 1 is Monday, as in ISO 8601. */
const DAYS_A_WEEK = 7;
const DAY_MS = 86_400_000;

export const enrichTime = defineDecorator({
  name: "enrich-time",
  summary:
    "Adds what clocks and calendars say of an event's time: its day, hour and weekday in a time zone, and so on.",
  options: z.strictObject({
    of: z
      .enum(["event", "received", "processed"])
      .default("event")
      .describe(
        "Which time: the event's time attribute, else when it was accepted; when it was accepted; or when it is processed, which is another at each try.",
      ),
    field: pathOption("one")
      .optional()
      .describe("A date in the event, in ISO 8601 or epoch milliseconds: instead of the above."),
    timezone: timeZoneOption().describe("Whose clocks and calendar."),
    target: pathOption("target").prefault("time").describe("Where the answer goes."),
    fields: z
      .array(z.enum(FIELDS))
      .min(1)
      .default([...FIELDS])
      .describe("What is added. weekday: 1 is Monday; week: of ISO 8601."),
  }),
  examples: [
    {
      shows: "everything of the event's own time",
      with: { timezone: "Europe/Berlin" },
      given: { time: "2026-12-31T23:30:00Z", data: {} },
      expect: [
        {
          time: "2026-12-31T23:30:00Z",
          data: {
            time: {
              iso: "2026-12-31T23:30:00.000Z",
              epochMs: 1798759800000,
              local: "2027-01-01T00:30:00+01:00",
              date: "2027-01-01",
              year: 2027,
              quarter: 1,
              month: 1,
              week: "2026-W53",
              day: 1,
              weekday: 5,
              hour: 0,
              minute: 30,
              offset: "+01:00",
            },
          },
        },
      ],
    },
    {
      shows: "when it was accepted, as a date field of a collection takes it",
      with: { of: "received", fields: ["iso"], target: "received" },
      given: { data: {} },
      expect: [{ data: { received: { iso: "2026-03-01T11:59:59.000Z" } } }],
    },
    {
      shows: "of a date in the data",
      with: { field: "ordered", fields: ["weekday", "hour"], timezone: "America/New_York" },
      given: { data: { ordered: "2026-07-04T16:00:00Z" } },
      expect: [{ data: { ordered: "2026-07-04T16:00:00Z", time: { weekday: 6, hour: 12 } } }],
    },
  ],
  make:
    ({ of, field, timezone, target, fields }) =>
    (event, { acceptedAt, now }) => {
      const given = field === undefined ? undefined : timeIn(read(event, field));
      if (field !== undefined && given === undefined) throw new Reject(`${field.text}: is no date.`);
      const own = of === "event" && event.time !== undefined ? timeIn(event.time) : undefined;
      const time = given ?? own ?? (of === "processed" ? now : acceptedAt);
      return write(
        event,
        target,
        Object.fromEntries(fields.map((name) => [name, READ[name](time, timezone)])),
      );
    },
});

function timeIn(value: unknown): number | undefined {
  if (typeof value === "string") return parseDate(value);
  return typeof value === "number" && !Number.isNaN(new Date(value).getTime()) ? value : undefined;
}

const local = pattern("yyyy-MM-dd'T'HH:mm:ssXXX");
const date = pattern("yyyy-MM-dd");
const offset = pattern("XXX");

const READ: Record<TimeField, (time: number, timezone: string) => string | number> = {
  iso: (time) => new Date(time).toISOString(),
  epochMs: (time) => time,
  local,
  date,
  year: (time, zone) => wallOf(time, zone).year,
  quarter: (time, zone) => Math.ceil(wallOf(time, zone).month / 3),
  month: (time, zone) => wallOf(time, zone).month,
  week: (time, zone) => isoWeek(time + offsetAt(time, zone)),
  day: (time, zone) => wallOf(time, zone).day,
  weekday: (time, zone) => weekday(time + offsetAt(time, zone)),
  hour: (time, zone) => wallOf(time, zone).hour,
  minute: (time, zone) => wallOf(time, zone).minute,
  offset,
};

function pattern(text: string): (time: number, timezone: string) => string | number {
  const format = compileDateFormat(text);
  if (!format.ok) throw new Error(format.message);
  return format.write;
}

function weekday(shown: number): number {
  return new Date(shown).getUTCDay() || DAYS_A_WEEK;
}

/** The week of ISO 8601: it is of the year that its Thursday is in. */
function isoWeek(shown: number): string {
  const thursday = new Date(shown + (4 - weekday(shown)) * DAY_MS);
  const year = thursday.getUTCFullYear();
  const dayOfYear = Math.floor((thursday.getTime() - Date.UTC(year, 0, 1)) / DAY_MS);
  return `${year}-W${String(Math.floor(dayOfYear / DAYS_A_WEEK) + 1).padStart(2, "0")}`;
}
