/** CESQL's built-in functions (section 3.5). Characters are code points, not UTF-16 code units. */
import type { CesqlValue } from "./ast.ts";
import { castToBoolean, castToInteger, castToText } from "./values.ts";

/** A function's answer when it fails: CESQL's functions always have a value. */
export interface FunctionFailure {
  code: "cast" | "math" | "functionEvaluation";
  message: string;
  value: CesqlValue;
}

export type ValueType = "text" | "number" | "boolean";

type Answer = CesqlValue | FunctionFailure;

/** A function by what it takes: arguments are cast before the call. */
export type CesqlFunction = { returns: ValueType } & (
  | { takes: "any"; call: (value: CesqlValue) => Answer }
  | { takes: "text"; call: (text: string) => Answer }
  | { takes: "number"; call: (number: number) => Answer }
  | { takes: "text, number"; call: (text: string, number: number) => Answer }
  | { takes: "text, number, number"; call: (text: string, first: number, second: number) => Answer }
  | { takes: "texts"; lengthMin: number; call: (texts: readonly string[]) => Answer }
);

/**
 * UTF-16 code units that CONCAT may make. An expression can name a large text a thousand times over, and an isolate
 * has 128 MB for all that it does.
 */
export const CONCAT_LENGTH_MAX = 1_048_576;

const FUNCTIONS: Readonly<Record<string, readonly CesqlFunction[]>> = {
  INT: [{ takes: "any", returns: "number", call: toInteger }],
  BOOL: [{ takes: "any", returns: "boolean", call: toBoolean }],
  STRING: [{ takes: "any", returns: "text", call: castToText }],
  ABS: [{ takes: "number", returns: "number", call: absolute }],
  LENGTH: [{ takes: "text", returns: "number", call: lengthOf }],
  LOWER: [{ takes: "text", returns: "text", call: (text) => text.toLowerCase() }],
  UPPER: [{ takes: "text", returns: "text", call: (text) => text.toUpperCase() }],
  TRIM: [{ takes: "text", returns: "text", call: trim }],
  LEFT: [{ takes: "text, number", returns: "text", call: left }],
  RIGHT: [{ takes: "text, number", returns: "text", call: right }],
  SUBSTRING: [
    { takes: "text, number", returns: "text", call: (text, start) => substring(text, start, Infinity) },
    { takes: "text, number, number", returns: "text", call: substring },
  ],
  CONCAT: [{ takes: "texts", lengthMin: 0, returns: "text", call: (texts) => concatenate(texts, "") }],
  CONCAT_WS: [
    {
      takes: "texts",
      lengthMin: 1,
      returns: "text",
      call: ([glue = "", ...texts]) => concatenate(texts, glue),
    },
  ],
};

/** The function of a name (in upper case) for so many arguments, or why there is none. */
export function findFunction(name: string, arity: number): CesqlFunction | { missing: string } {
  const overloads = Object.hasOwn(FUNCTIONS, name) ? (FUNCTIONS[name] ?? []) : [];
  const found = overloads.find((candidate) => takesArity(candidate, arity));
  if (found !== undefined) return found;
  if (overloads.length === 0) {
    return { missing: `There is no function ${name}: there are ${Object.keys(FUNCTIONS).join(", ")}` };
  }
  return {
    missing: `${name} takes ${overloads.map(describeArity).join(" or ")}, not ${arity}`,
  };
}

function takesArity(candidate: CesqlFunction, arity: number): boolean {
  return candidate.takes === "texts"
    ? arity >= candidate.lengthMin
    : arity === candidate.takes.split(",").length;
}

function describeArity(candidate: CesqlFunction): string {
  if (candidate.takes === "texts") return `${candidate.lengthMin} or more arguments`;
  const arity = candidate.takes.split(",").length;
  return arity === 1 ? "1 argument" : `${arity} arguments`;
}

function toInteger(value: CesqlValue): Answer {
  return castToInteger(value) ?? { code: "cast", message: "INT of a text that is no integer", value: 0 };
}

/** Unlike the implicit cast, BOOL takes numbers. */
function toBoolean(value: CesqlValue): Answer {
  if (typeof value === "number") return value !== 0;
  return (
    castToBoolean(value) ?? {
      code: "cast",
      message: "BOOL of a text that is not true or false",
      value: false,
    }
  );
}

/** Of all integers of 32 bits only the least has no counterpart there; the specification makes that an error. */
function absolute(number: number): Answer {
  if (number !== -(2 ** 31)) return Math.abs(number);
  return { code: "math", message: "ABS(-2147483648) is beyond 32 bits", value: 2 ** 31 - 1 };
}

function lengthOf(text: string): number {
  let length = text.length;
  for (let index = 0; index < text.length; index++) {
    if ((text.codePointAt(index) ?? 0) > 0xff_ff) {
      length--;
      index++;
    }
  }
  return length;
}

const WHITE_SPACE = /^\p{White_Space}$/u;

/** By Unicode's property White_Space, which is not quite what JavaScript's trim takes (section 3.5.1). */
function trim(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && WHITE_SPACE.test(text.charAt(start))) start++;
  while (end > start && WHITE_SPACE.test(text.charAt(end - 1))) end--;
  return text.slice(start, end);
}

function left(text: string, length: number): Answer {
  if (length < 0) return negativeLength("LEFT", text);
  return text.slice(0, offsetOf(text, Math.trunc(length)));
}

function right(text: string, length: number): Answer {
  if (length < 0) return negativeLength("RIGHT", text);
  return text.slice(offsetOf(text, Math.max(0, lengthOf(text) - Math.trunc(length))));
}

/** `start` counts from 1, or backwards from -1. */
function substring(text: string, start: number, length: number): Answer {
  const first = Math.trunc(start);
  const characters = lengthOf(text);
  if (Math.abs(first) > characters) {
    return {
      code: "functionEvaluation",
      message: `SUBSTRING from ${first} of ${characters} characters`,
      value: "",
    };
  }
  if (length < 0) return negativeLength("SUBSTRING", "");
  // Backwards from 0 is behind the last character: the specification's empty text.
  const skipped = first > 0 ? first - 1 : characters + first;
  const from = offsetOf(text, skipped);
  return text.slice(from, offsetOf(text, skipped + Math.trunc(length)));
}

function negativeLength(name: string, value: string): FunctionFailure {
  return { code: "functionEvaluation", message: `${name} of a negative length`, value };
}

/** The offset in UTF-16 code units of the character at an index; the text's end, if it has no more. */
function offsetOf(text: string, characters: number): number {
  let offset = 0;
  for (let count = 0; count < characters && offset < text.length; count++) {
    offset += (text.codePointAt(offset) ?? 0) > 0xff_ff ? 2 : 1;
  }
  return offset;
}

function concatenate(texts: readonly string[], glue: string): Answer {
  let length = glue.length * Math.max(0, texts.length - 1);
  for (const text of texts) length += text.length;
  if (length <= CONCAT_LENGTH_MAX) return texts.join(glue);
  return { code: "functionEvaluation", message: `CONCAT beyond ${CONCAT_LENGTH_MAX} characters`, value: "" };
}
