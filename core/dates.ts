/** Dates as documents hold them: ISO 8601 text, or epoch milliseconds. */

const ISO_DATE =
  /^(\d{4})(?:-(\d{2})(?:-(\d{2})(?:[Tt ]([01]\d|2[0-3]):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?([Zz]|[+-]\d{2}:?\d{2})?)?)?)?$/;

/**
 * Epoch milliseconds of a year, a month, a day or a point in time (RFC 3339, or without a zone: UTC). Undefined
 * for anything else, 30 February included. Finer than a millisecond is cut off.
 */
export function parseDate(text: string): number | undefined {
  const match = ISO_DATE.exec(text);
  if (match === null) return undefined;
  const [, year, month = "01", day = "01", hour = "00", minute = "00", second = "00", fraction = "", zone] =
    match;
  const date = `${year}-${month}-${day}`;
  const midnight = Date.parse(`${date}T00:00:00Z`);
  if (Number.isNaN(midnight) || new Date(midnight).toISOString().slice(0, 10) !== date) return undefined;
  const milliseconds = fraction.padEnd(3, "0").slice(0, 3);
  const time = Date.parse(`${date}T${hour}:${minute}:${second}.${milliseconds}${normalZone(zone)}`);
  return Number.isNaN(time) ? undefined : time;
}

function normalZone(zone: string | undefined): string {
  if (zone === undefined || zone === "Z" || zone === "z") return "Z";
  return zone.includes(":") ? zone : `${zone.slice(0, 3)}:${zone.slice(3)}`;
}
