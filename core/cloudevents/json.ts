/** JSON from strangers: parsed in bounded depth, and values checked to be JSON that keeps its meaning when written. */
import { elementPath, memberPath } from "./faults.ts";
import { EVENT_BYTES_MAX } from "./limits.ts";

export type ParsedJson =
  | { ok: true; value: unknown }
  | { ok: false; code: "invalid-json" | "invalid-event"; message: string };

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false });

/**
 * Parses UTF-8 bytes, a byte order mark ignored (RFC 8259, section 8.1). `levelsMax` counts nested arrays and
 * objects, and is looked at before parsing: 10 MB of `[` cost V8's parser 700 MB, and an isolate has 128. Never throws.
 */
export function parseJson(bytes: Uint8Array, levelsMax: number): ParsedJson {
  if (isNestedDeeper(bytes, levelsMax)) {
    return { ok: false, code: "invalid-event", message: tooDeep(levelsMax) };
  }
  let text: string;
  try {
    text = decoder.decode(bytes);
  } catch {
    return { ok: false, code: "invalid-json", message: "must be UTF-8" };
  }
  try {
    return { ok: true, value: JSON.parse(text) };
  } catch {
    return { ok: false, code: "invalid-json", message: "must be JSON" };
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const ARRAY_START = 0x5b;
const ARRAY_END = 0x5d;
const OBJECT_START = 0x7b;
const OBJECT_END = 0x7d;

/**
 * Whether JSON in UTF-8 has more levels of arrays and objects. Right up to where it breaks, which is as far as a parser goes; in UTF-8
 * these bytes are always ASCII.
 */
export function isNestedDeeper(bytes: Uint8Array, levelsMax: number): boolean {
  let level = 0;
  let inString = false;
  for (let index = 0; index < bytes.length; index++) {
    const byte = bytes[index];
    if (inString) {
      if (byte === BACKSLASH) index++;
      else if (byte === QUOTE) inString = false;
    } else if (byte === QUOTE) {
      inString = true;
    } else if (byte === ARRAY_START || byte === OBJECT_START) {
      level++;
      if (level > levelsMax) return true;
    } else if (byte === ARRAY_END || byte === OBJECT_END) {
      level--;
    }
  }
  return false;
}

export interface JsonFault {
  code: "invalid-event" | "event-too-large";
  path: string;
  message: string;
}

interface Walk {
  /** A lower bound of what the JSON of the values seen so far takes is subtracted from the limit. */
  bytesLeft: number;
  levelsMax: number;
  /** Where the walk is, and after a fault, where it was found. */
  steps: (string | number)[];
}

/**
 * Why a value can't be an event, or its data: something in it is not JSON (a Date, a function), would be changed by
 * writing it (`1e400` parses as Infinity and is written as null), is nested too deep or is too large.
 * The value may come from another Worker and hold cycles: the walk ends with the size of an event. Never throws.
 */
export function jsonFault(value: unknown, path: string, levelsMax: number): JsonFault | undefined {
  const walk: Walk = { bytesLeft: EVENT_BYTES_MAX, levelsMax, steps: [] };
  const message = walkJson(value, levelsMax, walk);
  if (message === undefined) return undefined;
  if (walk.bytesLeft < 0) return { code: "event-too-large", path, message };
  const place = walk.steps.reduce<string>(
    (outer, step) => (typeof step === "number" ? elementPath(outer, step) : memberPath(outer, step)),
    path,
  );
  return { code: "invalid-event", path: place, message };
}

/**
 * Each thing is counted with at least a 26th of what it takes when it is written: a number with 1, of which 25 characters and a
 * comma are written, a character with 1, of which a `\u0000` is written.
 */
const SURELY_FITS = Math.floor(EVENT_BYTES_MAX / 26);

/** Whether a value is JSON, as `jsonFault` has it, and so small that it need not be written to know that it fits an event. */
export function surelyFits(value: unknown, levelsMax: number): boolean {
  return roomAfter(value, SURELY_FITS, levelsMax) >= 0;
}

/** The room that is left; negative where there is none, or where something is not JSON. It runs for every step of every event. */
function roomAfter(value: unknown, room: number, levelsLeft: number): number {
  if (typeof value === "string") return room - value.length - 2;
  if (typeof value === "number") return Number.isFinite(value) ? room - 1 : -1;
  if (typeof value === "boolean" || value === null) return room - 1;
  if (typeof value !== "object" || levelsLeft === 0) return -1;
  let left = room - 2;
  if (Array.isArray(value)) {
    for (const item of value) {
      left = roomAfter(item, left - 1, levelsLeft - 1);
      if (left < 0) return left;
    }
    return left;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return -1;
  for (const name of Object.keys(value)) {
    // An object has what its keys name.
    const member = (value as Record<string, unknown>)[name];
    if (member === undefined) continue;
    left = roomAfter(member, left - name.length - 4, levelsLeft - 1);
    if (left < 0) return left;
  }
  return left;
}

/** Recursion is bounded by the levels. */
function walkJson(value: unknown, levelsLeft: number, walk: Walk): string | undefined {
  walk.bytesLeft -= typeof value === "string" ? value.length + '""'.length : 1;
  if (walk.bytesLeft < 0) return TOO_LARGE;
  if (value === null || typeof value === "string" || typeof value === "boolean") return undefined;
  if (typeof value === "number")
    return Number.isFinite(value) ? undefined : "must be a number that a double can hold";
  if (typeof value !== "object") return "must be a JSON value";
  if (levelsLeft === 0) return tooDeep(walk.levelsMax);
  if (Array.isArray(value)) return walkArray(value, levelsLeft, walk);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return "must be a JSON value";
  return walkObject(value, levelsLeft, walk);
}

function walkArray(values: unknown[], levelsLeft: number, walk: Walk): string | undefined {
  for (const [index, value] of values.entries()) {
    walk.steps.push(index);
    const message = walkJson(value, levelsLeft - 1, walk);
    if (message !== undefined) return message;
    walk.steps.pop();
  }
  return undefined;
}

function walkObject(members: object, levelsLeft: number, walk: Walk): string | undefined {
  for (const [name, value] of Object.entries(members)) {
    // JSON leaves a member that is undefined out, so it is as good as absent.
    if (value === undefined) continue;
    walk.bytesLeft -= name.length + '"":'.length;
    walk.steps.push(name);
    const message = walkJson(value, levelsLeft - 1, walk);
    if (message !== undefined) return message;
    walk.steps.pop();
  }
  return undefined;
}

const encoder = new TextEncoder();

/** Whether a JSON value is written in more bytes than an event may have. */
export function isTooLarge(value: object): boolean {
  const json = JSON.stringify(value);
  // A UTF-16 unit takes at most three bytes of UTF-8, so that most events need not be encoded to know.
  return json.length * 3 > EVENT_BYTES_MAX && encoder.encode(json).byteLength > EVENT_BYTES_MAX;
}

export const TOO_LARGE = `must take at most ${EVENT_BYTES_MAX} bytes as JSON`;

function tooDeep(levelsMax: number): string {
  return `must be nested at most ${levelsMax} levels deep`;
}
