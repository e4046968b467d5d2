/** What a document holds in a field, as filters, sorting and facets see it. */
import type { FieldType } from "../collection.ts";
import { parseDate } from "../dates.ts";

export type JsonObject = Record<string, unknown>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The JSON values at a dotted path, arrays on the way spread out, nulls left out. */
export function valuesAt(document: JsonObject, path: string): unknown[] {
  let values: unknown[] = [document];
  for (const step of path.split(".")) {
    values = values.flatMap((value) =>
      isObject(value) && Object.hasOwn(value, step) ? spread(value[step]) : [],
    );
  }
  return values;
}

/** Arrays in arrays are spread too: a field holds values, not shapes. Depth is bounded by validation. */
function spread(value: unknown): unknown[] {
  if (Array.isArray(value)) return value.flatMap(spread);
  return value === null || value === undefined ? [] : [value];
}

/** One JSON value as a field of this type holds it (a date as epoch milliseconds); undefined: of another type. */
export function typedValue(value: unknown, type: FieldType): string | number | boolean | undefined {
  switch (type) {
    case "text":
    case "keyword":
      return typeof value === "string" ? value : undefined;
    case "number":
      // JSON text can hold 1e999, which is no number that JSON can write again.
      return typeof value === "number" && Number.isFinite(value) ? value : undefined;
    case "boolean":
      return typeof value === "boolean" ? value : undefined;
    case "date":
      return dateValue(value);
  }
}

/** ECMAScript's range of time values; a number beyond it is no date (ECMA-262, 21.4.1.1). */
const TIME_MAX = 8.64e15;

function dateValue(value: unknown): number | undefined {
  if (typeof value === "string") return parseDate(value);
  return typeof value === "number" && Math.abs(value) <= TIME_MAX ? value : undefined;
}

/** The typed values of a declared field. Values of another type, which a later declaration can meet, are left out. */
export function fieldValues(
  document: JsonObject,
  field: string,
  type: FieldType,
): (string | number | boolean)[] {
  return valuesAt(document, field).flatMap((value) => typedValue(value, type) ?? []);
}
