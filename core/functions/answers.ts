/** What a function's run answers: data that crosses Workers' borders. */
import type { JsonValue } from "../cloudevents/event.ts";
import { failure, type Failure } from "../errors.ts";

/** Why a call has no result. The message is the function's own, where it threw. */
export interface FunctionFailure extends Failure {
  /** Where in the user's code it was thrown: the module's path as it was uploaded, and its line, from 1. */
  module?: string;
  line?: number;
  /**
   * What the function said of its event, by the name of what it threw, as a built-in decorator does: `Reject` (it can
   * never pass) or `Later` (it has to wait).
   */
  outcome?: "reject" | "later";
  /** With `later`: how long at least. */
  delayMs?: number;
}

/** What a run took. */
export interface FunctionUsage {
  /** Loop turns and function entries. */
  steps: number;
  /** From outside, waiting for a slot not counted. */
  ms: number;
  bytesIn: number;
  bytesOut: number;
}

export type FunctionAnswer<T> =
  | ({ ok: true; version: string; usage: FunctionUsage } & T)
  | FunctionRunFailure;

/** A run that failed, and which version it was, where that was known. */
export interface FunctionRunFailure extends FunctionFailure {
  version?: string;
  usage?: FunctionUsage;
}

/** What one event became: a JSON object each, not yet known to be events. None: it is filtered. */
export type DecoratedItem = { ok: true; events: object[]; steps: number } | FunctionFailure;

/** A value as JSON text, for whoever has that already: it goes to the function without being parsed on the way. */
export interface JsonText {
  json: string;
}

/** A value's JSON text; absent is null. */
export function jsonText(value: JsonValue | undefined): JsonText {
  return { json: JSON.stringify(value ?? null) };
}

/** The value of text that came out of an isolate, which may be anything. */
export function valueOfText({ json }: JsonText): { ok: true; value: JsonValue } | FunctionFailure {
  try {
    // JSON text holds a JSON value.
    return { ok: true, value: JSON.parse(json) as JsonValue };
  } catch {
    return failure("function-wrong-result", "What the function returned is not JSON.");
  }
}
