/** What comes out of an isolate, believed in nothing: the user's code may have had its hands in it. */
import type { FunctionKind } from "../contracts/functions.ts";
import { isObject } from "../document/values.ts";
import { failure, type ErrorCode } from "../errors.ts";
import type { FunctionFailure } from "./answers.ts";
import { USER_FOLDER } from "./layout.ts";
import { BATCH_MAX_MS, CALL_MAX_MS, OUTPUT_BYTES_MAX, STEPS_MAX } from "./limits.ts";

/** One call's answer: JSON text, or what went wrong. */
export interface RawItem {
  steps: number;
  json?: string;
  error?: RawError;
}

interface RawError {
  code?: string;
  name: string;
  message: string;
  stack: string;
  delayMs?: number;
}

export type Ran = { ok: true; steps: number; items: RawItem[] } | FunctionFailure;

/** The answer of `run`, where it is one. */
export function ranAnswer(answer: unknown, kind: FunctionKind): Ran {
  if (!isObject(answer) || !Array.isArray(answer["items"])) return unreadable();
  const error = readError(answer["error"]);
  if (error?.code === "function-lacks-kind") {
    return failure("function-lacks-kind", `The function exports no function \`${kind}\`.`);
  }
  if (error !== undefined) return errorFailure(error);
  const items: RawItem[] = [];
  for (const item of answer["items"]) {
    const read = readItem(item);
    if (read === undefined) return unreadable();
    items.push(read);
  }
  return { ok: true, steps: readCount(answer["steps"]), items };
}

/** The answer of `load`, where it is one: a type for each name. */
export function loadedAnswer(
  answer: unknown,
  count: number,
): { ok: true; types: string[] } | FunctionFailure {
  if (!isObject(answer)) return unreadable();
  const error = readError(answer["error"]);
  if (error !== undefined) return errorFailure(error);
  const { types } = answer;
  if (!Array.isArray(types) || types.length !== count) return unreadable();
  return { ok: true, types: types.map(String) };
}

/** Why an item has no result. */
export function itemFailure(item: RawItem): FunctionFailure {
  return item.error === undefined ? unreadable() : errorFailure(item.error);
}

/** What was thrown, or a limit that was met, as a failure with its place in the user's code. */
export function errorFailure({ code, name, message, stack, delayMs }: RawError): FunctionFailure {
  const limit = code === undefined ? undefined : LIMITS_MET.get(code);
  if (limit !== undefined) return failure(limit.code, limit.message ?? message);
  const place = placeOf(stack);
  const said = failure(
    "function-failed",
    sayError(name, message),
    place && [{ path: `modules.${place.module}:${place.line}`, message: sayError(name, message) }],
  );
  return {
    ...said,
    ...place,
    ...(name === "Reject" ? { outcome: "reject" as const } : {}),
    ...(name === "Later" ? { outcome: "later" as const, ...(delayMs === undefined ? {} : { delayMs }) } : {}),
  };
}

/** What the harness says by its code alone; whatever else comes as a code is the user's doing. */
const LIMITS_MET: ReadonlyMap<string, { code: ErrorCode; message?: string }> = new Map([
  [
    "function-too-many-steps",
    limit("function-too-many-steps", `A call has ${STEPS_MAX} steps: loop turns and calls of functions.`),
  ],
  ["function-call-timeout", limit("function-call-timeout", `A call has ${CALL_MAX_MS} ms.`)],
  ["function-batch-timeout", limit("function-batch-timeout", `A batch has ${BATCH_MAX_MS} ms.`)],
  [
    "function-output-too-large",
    limit("function-output-too-large", `A result has ${OUTPUT_BYTES_MAX} characters of JSON.`),
  ],
  ["function-wrong-result", limit("function-wrong-result")],
]);

function limit(code: ErrorCode, message?: string): { code: ErrorCode; message?: string } {
  return message === undefined ? { code } : { code, message };
}

function sayError(name: string, message: string): string {
  const text = message === "" ? "it threw without a message" : message;
  return name === "" || name === "Error" || name === "Reject" || name === "Later" ? text : `${name}: ${text}`;
}

const FRAME = new RegExp(`\\b${USER_FOLDER}/([^\\s:()]+):(\\d+):\\d+`);

/** The innermost place in the user's modules that a stack names. */
export function placeOf(stack: string): { module: string; line: number } | undefined {
  const [, module, line] = FRAME.exec(stack) ?? [];
  return module === undefined ? undefined : { module, line: Number(line) };
}

function readItem(item: unknown): RawItem | undefined {
  if (!isObject(item)) return undefined;
  const steps = readCount(item["steps"]);
  if (typeof item["json"] === "string") return { steps, json: item["json"] };
  const error = readError(item["error"]);
  return error === undefined ? undefined : { steps, error };
}

function readError(error: unknown): RawError | undefined {
  if (!isObject(error)) return undefined;
  const { code, delayMs } = error;
  return {
    ...(typeof code === "string" ? { code } : {}),
    name: readText(error["name"]),
    message: readText(error["message"]),
    stack: readText(error["stack"]),
    ...(typeof delayMs === "number" && delayMs >= 0 ? { delayMs } : {}),
  };
}

function readText(text: unknown): string {
  return typeof text === "string" ? text : "";
}

function readCount(count: unknown): number {
  return typeof count === "number" && count >= 0 ? count : 0;
}

function unreadable(): FunctionFailure {
  return failure(
    "function-wrong-result",
    "The function's isolate answered with something else than its result.",
  );
}
