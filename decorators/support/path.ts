/**
 * Paths: how a step's options name a place in an event.
 *
 * - `customer.name` leads into the event's **data**. A name with dots or other special characters is quoted:
 *   `headers["x-request.id"]`.
 * - `items[0]` is an element of an array, `items[-1]` its last, and `items[*]` each of them, where an option says that it
 *   takes several places.
 * - `@subject` is an **attribute** of the event.
 * - `$` is the data as a whole.
 *
 * A path that begins with `data.` as a filter's does is refused: it might mean the field called data, or might not.
 */
import { isPlatformAttribute } from "../../core/cloudevents/platform-attributes.ts";

/** In a path's steps: each element of an array. */
export const EACH = Symbol("each element");

export type PathStep = string | number | typeof EACH;

export type EventPath =
  | { kind: "attribute"; text: string; name: string }
  /** No steps: the data as a whole. */
  | { kind: "data"; text: string; steps: readonly PathStep[] };

export type ParsedPath = { ok: true; path: EventPath } | { ok: false; message: string };

/** Levels that data may have at all (core/cloudevents/limits.ts). */
const STEPS_MAX = 64;

/** An array never has more elements than its event has bytes. */
const INDEX_MAX = 99_999;

const ATTRIBUTE_NAME = /^[a-z\d]+$/;

/** A step at a place: a plain name, or something in brackets. */
const PLAIN_STEP = /[^.[\]"'\s@*]+/uy;
const BRACKET_STEP = /\[(?:(\*)|(-?\d{1,6})|("(?:[^"\\]|\\.)*"))\]/uy;

export function parsePath(text: string): ParsedPath {
  if (text === "$") return { ok: true, path: { kind: "data", text, steps: [] } };
  if (text.startsWith("@")) return parseAttribute(text);
  const steps: PathStep[] = [];
  let position = 0;
  while (position < text.length) {
    const rest = stepAt(text, position, steps.length === 0);
    if ("message" in rest) return refuse(text, rest.message);
    steps.push(rest.step);
    position = rest.end;
    if (steps.length > STEPS_MAX) return refuse(text, `has more than ${STEPS_MAX} steps`);
  }
  if (steps.length === 0)
    return { ok: false, message: "is empty: a path names a place, as customer.name does" };
  if (text === "data" || /^data[.[]/.test(text)) {
    const advice = text === "data" ? "$" : text.slice(5);
    return refuse(
      text,
      `begins with data, where paths begin already: write ${advice}, or ["data"] for a field called data`,
    );
  }
  return { ok: true, path: { kind: "data", text, steps } };
}

/** Whether a path can lead to several places. */
export function isPlural(path: EventPath): boolean {
  return path.kind === "data" && path.steps.includes(EACH);
}

/** Why a step may not write to a place, or undefined when it may. */
export function writeProblem(path: EventPath): string | undefined {
  if (path.kind === "data") return undefined;
  if (FIXED_ATTRIBUTES.has(path.name)) return `the attribute ${path.name} is never changed`;
  if (isPlatformAttribute(path.name)) return "attributes that begin with umbel are the platform's";
  return undefined;
}

/** Why a step may not take away what is at a place, or undefined when it may. */
export function removeProblem(path: EventPath): string | undefined {
  return path.text === "@type" ? "every event has a type" : writeProblem(path);
}

/** What an event is known by, and what says how its data is to be read. */
const FIXED_ATTRIBUTES = new Set(["specversion", "id", "source", "datacontenttype"]);

function parseAttribute(text: string): ParsedPath {
  const name = text.slice(1);
  if (!ATTRIBUTE_NAME.test(name)) {
    return refuse(text, "names no attribute, whose names are lower-case letters and digits alone");
  }
  if (name === "data") return refuse(text, "is no attribute: the data as a whole is $");
  return { ok: true, path: { kind: "attribute", text, name } };
}

function stepAt(
  text: string,
  position: number,
  first: boolean,
): { step: PathStep; end: number } | { message: string } {
  if (text[position] === "[") return bracketAt(text, position);
  const start = first ? position : position + 1;
  if (!first && text[position] !== ".") return { message: `can't be read from character ${position + 1} on` };
  PLAIN_STEP.lastIndex = start;
  const name = PLAIN_STEP.exec(text)?.[0];
  if (name === undefined)
    return { message: `lacks a name at character ${start + 1}; special ones are quoted, as in ["a b"]` };
  return nameStep(name, start + name.length);
}

function bracketAt(text: string, position: number): { step: PathStep; end: number } | { message: string } {
  BRACKET_STEP.lastIndex = position;
  const match = BRACKET_STEP.exec(text);
  if (match === null)
    return { message: `can't be read at character ${position + 1}: [0], [-1], [*] and ["name"] are` };
  const [whole, each, index, quoted] = match;
  const end = position + whole.length;
  if (each !== undefined) return { step: EACH, end };
  if (index !== undefined) {
    if (Math.abs(Number(index)) > INDEX_MAX) return { message: `has an index beyond ${INDEX_MAX}` };
    return { step: Number(index), end };
  }
  return nameStep(unquote(quoted ?? ""), end);
}

/** `__proto__` is refused although it would be harmless here: not all that reads events later takes it for a mere name. */
function nameStep(
  name: string | undefined,
  end: number,
): { step: PathStep; end: number } | { message: string } {
  if (name === undefined) return { message: "has a quoted name that is no JSON string" };
  return name === "__proto__" ? { message: "names __proto__" } : { step: name, end };
}

function unquote(quoted: string): string | undefined {
  try {
    const name: unknown = JSON.parse(quoted);
    return typeof name === "string" ? name : undefined;
  } catch {
    return undefined;
  }
}

function refuse(text: string, message: string): ParsedPath {
  const short = text.length > 80 ? `${text.slice(0, 80)}…` : text;
  return { ok: false, message: `${short} ${message}` };
}
