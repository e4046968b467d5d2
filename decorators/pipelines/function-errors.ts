/** What a function's failure means for its event: which is final, which may pass, and which is not its fault. */
import type { FunctionFailure, FunctionRunFailure } from "../../core/functions/answers.ts";
import { errorKind, type ErrorCode } from "../../core/errors.ts";
import { Later, Reject } from "../contract.ts";
import { TooLate } from "./too-late.ts";

/** What would be so each time, since it depends on the event and the code alone. */
const FINAL: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "function-wrong-result",
  "function-input-too-large",
  "function-output-too-large",
  "function-too-many-steps",
]);

/** What a busy machine may have a part in: it is tried again, a few times. */
const SLOW: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "function-call-timeout",
  "function-batch-timeout",
  "function-cpu-exceeded",
  "function-out-of-memory",
]);

/** Of a call with several events, what one of them may have brought upon all. */
const SHARED: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "internal",
  "batch-too-large",
  "unavailable",
  "function-failed",
  "function-call-timeout",
  "function-batch-timeout",
  "function-cpu-exceeded",
  "function-out-of-memory",
  "function-input-too-large",
  "function-output-too-large",
]);

/** Whether a call that failed as a whole is to be made again with fewer events, to find which it was. */
export function isShared({ code, module, version }: FunctionRunFailure): boolean {
  // With a place in the user's code it is known what it was: the module did not load, whatever the events. Without a version it
  // did not come to a call.
  return SHARED.has(code) && module === undefined && version !== undefined;
}

/** Whether an event may have failed for want of time or room that those before it in the same call have used up. */
export function isSqueezed({ code }: FunctionFailure): boolean {
  return code === "function-batch-timeout" || code === "function-output-too-large";
}

/** Runs of an event by itself in which its function's isolate could not be reached, and which are taken for an outage. */
const OUTAGE_ATTEMPTS_MAX = 12;

/**
 * An isolate that an event ends may be told of as one that can't be reached. It is the event's doing where others of the same moment
 * were answered; and where it was alone, after a number of runs, since nothing waits for ever.
 */
export function isOwnDoing({ code }: FunctionFailure, othersWereAnswered: boolean, attempt: number): boolean {
  return code === "unavailable" && (othersWereAnswered || attempt > OUTAGE_ATTEMPTS_MAX);
}

/** What a step throws. The message is the function's own, with its name, version and, where it is known, the place in its code. */
export function thrownFor(
  name: string,
  version: string | undefined,
  failure: FunctionFailure,
  ownDoing = false,
): Error {
  const { code, outcome, delayMs, message, module, line } = failure;
  const which = version === undefined ? name : `${name}@${version}`;
  const where = module === undefined ? "" : ` (${module}${line === undefined ? "" : `:${line}`})`;
  const text = `${which}: ${message}${where}`;
  if (outcome === "later") return new Later(text, delayMs);
  if (outcome === "reject" || FINAL.has(code)) return new Reject(text);
  if (SLOW.has(code)) return new TooLate(text);
  return errorKind(code).retryable && code !== "internal" && !ownDoing ? new Later(text) : new Error(text);
}
