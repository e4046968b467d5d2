/**
 * Dates as people and systems write them. A format is `ISO8601`, `UNIX` (seconds), `UNIX_MS`, or a pattern of letters (Unicode
 * Technical Standard 35, Date Field Symbols, those below): `dd/MM/yyyy HH:mm:ss`. What is no letter stands for itself, as does
 * what is in single quotes.
 */
import { parseDate } from "../../core/dates.ts";

/** Reads a value; undefined: it is not of this format. Epoch milliseconds, which may be of no real day. */
export type ReadDate = (value: string | number, timeZone: string) => number | undefined;
/** Writes epoch milliseconds. */
export type WriteDate = (time: number, timeZone: string) => string | number;

export type DateFormat = { ok: true; read: ReadDate; write: WriteDate } | { ok: false; message: string };

/** ECMAScript's range of time values (ECMA-262, 21.4.1.1). */
const TIME_MAX = 8.64e15;
const PATTERN_CHARS_MAX = 100;

const MONTHS = "January February March April May June July August September October November December".split(
  " ",
);
const DAYS = "Sunday Monday Tuesday Wednesday Thursday Friday Saturday".split(" ");

/** A point in time as a clock and a calendar on a wall show it. `offsetMs`: what the text itself says of its zone. */
interface Wall {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  millisecond: number;
  afternoon?: boolean;
  offsetMs?: number;
}

interface Field {
  /** What it looks like; each is of bounded length, so that a pattern of them never goes back far. */
  source: string;
  read: (text: string, wall: Wall) => void;
  write: (wall: Wall) => string;
}

const number = (
  source: string,
  width: number,
  name: "year" | "month" | "day" | "hour" | "minute" | "second" | "millisecond",
): Field => ({
  source,
  read: (text, wall) => void (wall[name] = Number(text)),
  write: (wall) => String(wall[name]).padStart(width, "0"),
});

const FIELDS = new Map<string, Field>([
  ["yyyy", number("\\d{4}", 4, "year")],
  [
    "yy",
    {
      source: "\\d{2}",
      // POSIX: 69 to 99 are of the 20th century.
      read: (text, wall) => void (wall.year = Number(text) + (Number(text) < 69 ? 2000 : 1900)),
      write: ({ year }) => String(year % 100).padStart(2, "0"),
    },
  ],
  ["MMMM", monthName(MONTHS)],
  ["MMM", monthName(MONTHS.map((name) => name.slice(0, 3)))],
  ["MM", number("\\d{2}", 2, "month")],
  ["M", number("\\d{1,2}", 1, "month")],
  ["dd", number("\\d{2}", 2, "day")],
  ["d", number("\\d{1,2}", 1, "day")],
  ["EEEE", dayName(DAYS)],
  ["EEE", dayName(DAYS.map((name) => name.slice(0, 3)))],
  ["HH", number("\\d{2}", 2, "hour")],
  ["H", number("\\d{1,2}", 1, "hour")],
  ["hh", { ...number("\\d{2}", 2, "hour"), write: ({ hour }) => String(hour % 12 || 12).padStart(2, "0") }],
  ["h", { ...number("\\d{1,2}", 1, "hour"), write: ({ hour }) => String(hour % 12 || 12) }],
  ["mm", number("\\d{2}", 2, "minute")],
  ["ss", number("\\d{2}", 2, "second")],
  ["SSS", number("\\d{3}", 3, "millisecond")],
  [
    "a",
    {
      source: "[AaPp][Mm]",
      read: (text, wall) => void (wall.afternoon = text.toLowerCase() === "pm"),
      write: ({ hour }) => (hour < 12 ? "AM" : "PM"),
    },
  ],
  ["XXX", offset(":", "Z")],
  ["Z", offset("", undefined)],
]);

/** The names of the fields, for who writes a pattern that has others. */
const KNOWN_FIELDS = [...FIELDS.keys()].join(" ");

export function compileDateFormat(format: string): DateFormat {
  switch (format) {
    case "ISO8601":
      return {
        ok: true,
        read: (value, zone) => (typeof value === "string" ? readIso(value, zone) : undefined),
        write: (time) => new Date(time).toISOString(),
      };
    case "UNIX":
      return { ok: true, read: (value) => readNumber(value, 1000), write: (time) => time / 1000 };
    case "UNIX_MS":
      return { ok: true, read: (value) => readNumber(value, 1), write: (time) => time };
    default:
      return compileDatePattern(format);
  }
}

/** What a time zone's clocks are ahead of UTC at a time. */
export function offsetAt(time: number, timeZone: string): number {
  if (timeZone === "UTC") return 0;
  const { year, month, day, hour, minute, second } = wallOf(time, timeZone);
  const shown = Date.UTC(year, month - 1, day, hour, minute, second);
  return shown - Math.floor(time / 1000) * 1000;
}

const formatters = new Map<string, Intl.DateTimeFormat>();

/** What was asked for last: a step asks for several parts of one time. */
let lastWall: { time: number; timeZone: string; wall: Readonly<Wall> } | undefined;

/** A time as the clocks of a zone show it. */
export function wallOf(time: number, timeZone: string): Readonly<Wall> {
  if (lastWall?.time !== time || lastWall.timeZone !== timeZone) {
    lastWall = { time, timeZone, wall: readWall(time, timeZone) };
  }
  return lastWall.wall;
}

function readWall(time: number, timeZone: string): Wall {
  const millisecond = ((time % 1000) + 1000) % 1000;
  // Making one is slow, and there are no more zones than declarations name.
  let formatter = formatters.get(timeZone);
  if (formatter === undefined) {
    const numeric = "numeric";
    formatter = new Intl.DateTimeFormat("en-US-u-ca-iso8601", {
      timeZone,
      hourCycle: "h23",
      year: numeric,
      month: numeric,
      day: numeric,
      hour: numeric,
      minute: numeric,
      second: numeric,
    });
    formatters.set(timeZone, formatter);
  }
  const wall: Wall = { year: 0, month: 1, day: 1, hour: 0, minute: 0, second: 0, millisecond };
  for (const { type, value } of formatter.formatToParts(time)) {
    if (
      type === "year" ||
      type === "month" ||
      type === "day" ||
      type === "hour" ||
      type === "minute" ||
      type === "second"
    ) {
      wall[type] = Number(value);
    }
  }
  return wall;
}

function compileDatePattern(pattern: string): DateFormat {
  if (pattern.length > PATTERN_CHARS_MAX) return { ok: false, message: "is too long for a pattern of dates" };
  const parts: (Field | string)[] = [];
  for (const [token] of pattern.matchAll(/'(?:[^']|'')*'|([A-Za-z])\1*|[^A-Za-z']+|'/g)) {
    if (token.startsWith("'")) {
      if (token.length < 2) return { ok: false, message: "has a quote that is not closed" };
      parts.push(token === "''" ? "'" : token.slice(1, -1).replaceAll("''", "'"));
    } else if (/^[A-Za-z]/.test(token)) {
      const field = FIELDS.get(token);
      if (field === undefined)
        return { ok: false, message: `has "${token}": there are ${KNOWN_FIELDS}, ISO8601, UNIX, UNIX_MS` };
      parts.push(field);
    } else parts.push(token);
  }
  const fields = parts.filter((part) => typeof part !== "string");
  if (fields.length === 0) return { ok: false, message: "names no part of a date" };
  const source = parts.map((part) => (typeof part === "string" ? escape(part) : `(${part.source})`)).join("");
  const regex = new RegExp(`^${source}$`, "i");
  return {
    ok: true,
    read: (value, zone) => readPattern(String(value), regex, fields, zone),
    write: (time, zone) => {
      const wall = { ...wallOf(time, zone), offsetMs: offsetAt(time, zone) };
      return parts.map((part) => (typeof part === "string" ? part : part.write(wall))).join("");
    },
  };
}

function readPattern(
  text: string,
  regex: RegExp,
  fields: readonly Field[],
  zone: string,
): number | undefined {
  const match = regex.exec(text.trim());
  if (match === null) return undefined;
  const wall: Wall = { year: 1970, month: 1, day: 1, hour: 0, minute: 0, second: 0, millisecond: 0 };
  for (const [index, field] of fields.entries()) field.read(match[index + 1] ?? "", wall);
  if (wall.afternoon !== undefined) {
    if (wall.hour < 1 || wall.hour > 12) return undefined;
    wall.hour = (wall.hour % 12) + (wall.afternoon ? 12 : 0);
  }
  return timeOf(wall, zone);
}

/** Undefined for 30 February, 25 o'clock and their like. */
function timeOf(wall: Wall, timeZone: string): number | undefined {
  const { year, month, day, hour, minute, second, millisecond } = wall;
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined;
  const shown = date.setUTCHours(hour, minute, second, millisecond);
  return wall.offsetMs === undefined ? inZone(shown, timeZone) : shown - wall.offsetMs;
}

/** The time at which a zone's clocks show what UTC's would at `shown`: of two, the first; of none, as if they had not jumped. */
function inZone(shown: number, timeZone: string): number {
  if (timeZone === "UTC") return shown;
  const before = shown - offsetAt(shown - 86_400_000, timeZone);
  if (before + offsetAt(before, timeZone) === shown) return before;
  const after = shown - offsetAt(shown + 86_400_000, timeZone);
  return after + offsetAt(after, timeZone) === shown ? after : before;
}

function readIso(text: string, timeZone: string): number | undefined {
  const trimmed = text.trim();
  const time = parseDate(trimmed);
  if (time === undefined) return undefined;
  // A time of day without a zone is of the step's; parseDate takes it for UTC's, as it does a day alone.
  return /[Zz]$|[+-]\d\d:?\d\d$/.test(trimmed.slice(10)) ? time : inZone(time, timeZone);
}

function readNumber(value: string | number, factor: number): number | undefined {
  const number = typeof value === "string" && /^-?\d+(?:\.\d+)?$/.test(value.trim()) ? Number(value) : value;
  if (typeof number !== "number") return undefined;
  const time = Math.round(number * factor);
  return Math.abs(time) <= TIME_MAX ? time : undefined;
}

function monthName(names: readonly string[]): Field {
  return {
    source: names.join("|"),
    read: (text, wall) => void (wall.month = indexOf(names, text) + 1),
    write: ({ month }) => names[month - 1] ?? "",
  };
}

/** It is read over: the date says which day it is. */
function dayName(names: readonly string[]): Field {
  return {
    source: names.join("|"),
    read: () => undefined,
    write: ({ year, month, day }) => names[new Date(Date.UTC(year, month - 1, day)).getUTCDay()] ?? "",
  };
}

function offset(colon: string, zero: string | undefined): Field {
  return {
    source: "Z|[+-]\\d{2}:?\\d{2}",
    read: (text, wall) => {
      const [, sign = "+", hours = "0", minutes = "0"] = /^([+-])(\d{2}):?(\d{2})$/.exec(text) ?? [];
      wall.offsetMs = (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
    },
    write: ({ offsetMs = 0 }) => {
      if (offsetMs === 0 && zero !== undefined) return zero;
      const minutes = Math.abs(Math.round(offsetMs / 60_000));
      const [hours, rest] = [Math.floor(minutes / 60), minutes % 60].map((part) =>
        String(part).padStart(2, "0"),
      );
      return `${offsetMs < 0 ? "-" : "+"}${hours ?? ""}${colon}${rest ?? ""}`;
    },
  };
}

function indexOf(names: readonly string[], text: string): number {
  return names.findIndex((name) => name.toLowerCase() === text.toLowerCase());
}

function escape(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
}
