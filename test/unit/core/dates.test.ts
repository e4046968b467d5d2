import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseDate } from "../../../core/dates.ts";

const at = (iso: string): number => new Date(iso).getTime();

it.each([
  ["2020", "2020-01-01T00:00:00.000Z"],
  ["0000", "0000-01-01T00:00:00.000Z"],
  ["9999", "9999-01-01T00:00:00.000Z"],
  ["2020-02", "2020-02-01T00:00:00.000Z"],
  ["2020-02-29", "2020-02-29T00:00:00.000Z"],
  ["2000-02-29", "2000-02-29T00:00:00.000Z"],
  ["1969-12-31", "1969-12-31T00:00:00.000Z"],
  ["2020-01-01T10:20", "2020-01-01T10:20:00.000Z"],
  ["2020-01-01T10:20:30", "2020-01-01T10:20:30.000Z"],
  ["2020-01-01 10:20:30", "2020-01-01T10:20:30.000Z"],
  ["2020-01-01t10:20:30z", "2020-01-01T10:20:30.000Z"],
  ["2020-01-01T10:20:30.5Z", "2020-01-01T10:20:30.500Z"],
  ["2020-01-01T10:20:30.123456789Z", "2020-01-01T10:20:30.123Z"],
  ["2020-01-01T10:20:30.9999Z", "2020-01-01T10:20:30.999Z"],
  ["2020-01-01T10:20:30+02:00", "2020-01-01T08:20:30.000Z"],
  ["2020-01-01T10:20:30+0200", "2020-01-01T08:20:30.000Z"],
  ["2020-01-01T00:20:30+05:30", "2019-12-31T18:50:30.000Z"],
  ["2020-12-31T23:30:00-11:00", "2021-01-01T10:30:00.000Z"],
  ["2020-01-01T10:20:30-00:00", "2020-01-01T10:20:30.000Z"],
])("reads %j as %s", (text, iso) => {
  expect(parseDate(text)).toBe(at(iso));
});

it.each([
  "",
  " ",
  "now",
  "20",
  "20200101",
  "2020-1-1",
  "2020-00",
  "2020-13",
  "2020-01-00",
  "2020-01-32",
  "2020-02-30",
  "2021-02-29",
  "1900-02-29",
  "2020-04-31",
  " 2020-01-01",
  "2020-01-01 ",
  "2020-01-01\n",
  "2020-01-01T",
  "2020-01-01T10",
  "2020-01-01T1:20",
  "2020-01-01T25:00",
  "2020-01-01T10:60",
  "2020-01-01T10:20:60Z",
  "2020-01-01T10:20:30.Z",
  "2020-01-01T10:20:30.1234567890Z",
  "2020-01-01T10:20:30,5Z",
  "2020-01-01T10:20:30+25:00",
  "2020-01-01T10:20:30+02:60",
  "2020-01-01T10:20:30+2",
  "2020-01-01Z",
  "12020-01-01",
  "+012020-01-01",
  "-000001-01-01",
  "01/02/2020",
  "Wed, 01 Jan 2020 00:00:00 GMT",
  "٢٠٢٠-٠١-٠١",
])("takes %j for no date", (text) => {
  expect(parseDate(text)).toBeUndefined();
});

describe("every point in time of the years 0 to 9999", () => {
  const times = fc.date({
    min: new Date("0000-01-01T00:00:00Z"),
    max: new Date("9999-12-31T23:59:59.999Z"),
    noInvalidDate: true,
  });

  it("is read as Date writes it", () => {
    fc.assert(
      fc.property(times, (time) => {
        expect(parseDate(time.toISOString())).toBe(time.getTime());
      }),
    );
  });

  it("is the same with its offset from UTC written out", () => {
    fc.assert(
      fc.property(
        times,
        fc.integer({ min: -23, max: 23 }),
        fc.integer({ min: 0, max: 59 }),
        (time, hours, minutes) => {
          const sign = hours < 0 ? "-" : "+";
          const zone = `${sign}${String(Math.abs(hours)).padStart(2, "0")}:${String(minutes).padStart(2, "0")}`;
          const offsetMs = (sign === "-" ? -1 : 1) * (Math.abs(hours) * 60 + minutes) * 60_000;
          const local = time.toISOString().slice(0, -1);

          expect(parseDate(local + zone)).toBe(time.getTime() - offsetMs);
        },
      ),
    );
  });

  it("is cut to a day as its text is cut", () => {
    fc.assert(
      fc.property(times, (time) => {
        const day = time.toISOString().slice(0, 10);
        expect(parseDate(day)).toBe(at(`${day}T00:00:00.000Z`));
      }),
    );
  });
});

it("takes a day for a date exactly where the calendar has it", () => {
  const digits = fc.integer({ min: 0, max: 39 }).map((n) => String(n).padStart(2, "0"));
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 9999 }), digits, digits, (year, month, day) => {
      const text = `${String(year).padStart(4, "0")}-${month}-${day}`;
      const utc = new Date(0);
      utc.setUTCFullYear(year, Number(month) - 1, Number(day));
      const exists = utc.getUTCMonth() === Number(month) - 1 && utc.getUTCDate() === Number(day);

      expect(parseDate(text) !== undefined).toBe(exists);
    }),
    { numRuns: 1_000 },
  );
});

it("never throws, whatever the text", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const time = parseDate(text);
      expect(time === undefined || Number.isFinite(time)).toBe(true);
    }),
  );
});
