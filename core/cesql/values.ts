/**
 * CESQL's casts (section 3.7), extended to numbers with a fraction. Undefined: there is no such cast, which is a cast
 * error for whoever asked.
 */
import type { CesqlValue } from "./ast.ts";

const NUMBER = /^[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const INTEGER = /^[+-]?\d+$/;

export function castToNumber(value: CesqlValue): number | undefined {
  if (typeof value === "string") return parseNumber(value, NUMBER);
  return typeof value === "number" ? value : Number(value);
}

/** What INT does: as the implicit cast, but a number loses its fraction, and a text can't have one. */
export function castToInteger(value: CesqlValue): number | undefined {
  if (typeof value === "string") return parseNumber(value, INTEGER);
  return typeof value === "number" ? Math.trunc(value) + 0 : castToNumber(value);
}

/** The implicit cast: a number is no boolean (the conformance suite's `NOT 10`); BOOL makes it one. */
export function castToBoolean(value: CesqlValue): boolean | undefined {
  if (typeof value === "boolean") return value;
  if (typeof value === "number" || value.length > "false".length) return undefined;
  const lower = value.toLowerCase();
  return lower === "true" ? true : lower === "false" ? false : undefined;
}

export function castToText(value: CesqlValue): string {
  return typeof value === "string" ? value : String(value);
}

/** Casts to the type of `target`, as `=` and IN do. */
export function castLike(value: CesqlValue, target: CesqlValue): CesqlValue | undefined {
  if (typeof target === "string") return castToText(value);
  return typeof target === "number" ? castToNumber(value) : castToBoolean(value);
}

function parseNumber(text: string, pattern: RegExp): number | undefined {
  if (!pattern.test(text)) return undefined;
  const number = Number(text);
  // -0 prints and divides as no other number does: CESQL has one zero.
  return Number.isFinite(number) ? number + 0 : undefined;
}
