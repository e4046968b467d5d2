/** What can be wrong with a request that brings events, and how its place is named. */
import type { Failure, FieldError } from "../errors.ts";
import { FAULTS_LISTED_MAX, PATH_NAME_CHARS_MAX } from "./limits.ts";

/**
 * - `unsupported-media-type`: no event can be read from this Content-Type.
 * - `invalid-json`: the body is to be JSON and is not, or is not UTF-8.
 * - `invalid-event`: an event breaks a rule; `errors` name each attribute.
 * - `event-too-large`, `batch-too-large`: beyond `EVENT_BYTES_MAX`, `BATCH_EVENTS_MAX`.
 */
export type EventErrorCode =
  | "unsupported-media-type"
  | "invalid-json"
  | "invalid-event"
  | "event-too-large"
  | "batch-too-large";

/**
 * Why events were not taken. A path is an attribute's name (`source`), a place in data (`data.items[2].price`), the
 * header `content-type`, or empty for the whole body; in an array it begins with the index (`[3].source`).
 */
export interface EventFailure extends Failure {
  code: EventErrorCode;
  errors: FieldError[];
}

/** A failure whose message says the first of its errors in words. Of very many errors, `FAULTS_LISTED_MAX` are listed. */
export function eventFailure(code: EventErrorCode, errors: FieldError[]): EventFailure {
  const [first, ...others] = errors;
  const what = first === undefined ? "The request is not valid" : `${subject(first.path)} ${first.message}`;
  const more = others.length === 0 ? "" : " (the first of several faults)";
  return { ok: false, code, message: `${what}${more}.`, errors: errors.slice(0, FAULTS_LISTED_MAX) };
}

function subject(path: string): string {
  return path === "" ? "The body" : path;
}

const PLAIN_NAME = /^[\w$]+$/;

/** The path of a member: `data.price`, or `data["net price"]` for a name that would be misread. */
export function memberPath(path: string, name: string): string {
  const short = name.length > PATH_NAME_CHARS_MAX ? `${name.slice(0, PATH_NAME_CHARS_MAX)}…` : name;
  if (!PLAIN_NAME.test(short)) return `${path}[${JSON.stringify(short)}]`;
  return path === "" ? short : `${path}.${short}`;
}

/** The path of an array's element: `[3]`, `data.items[3]`. */
export function elementPath(path: string, index: number): string {
  return `${path}[${index}]`;
}
