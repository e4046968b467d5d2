/** Whether a function suits an edge that runs it for each event or document: a judgement, and never a refusal. */
import type { FunctionFitness } from "../contracts/functions.ts";

/** What was measured of a function. What is absent was not. */
export interface Measured {
  codeBytes?: number;
  /** From asking for the isolate to its answer that it has loaded. */
  loadMs?: number;
  /** Of each call: its steps, and its time from outside. */
  calls?: readonly { steps: number; ms: number }[];
  /** What its code is suspected of. */
  warnings?: readonly string[];
}

/** Code that is parsed whenever an isolate starts, somewhere in the world, for the first event there. */
const CODE_BYTES_FIT = 128 * 1024;
const LOAD_MS_FIT = 200;

/** One event or one batch of documents in a thousand others' way. A free plan gives a request 10 ms of the processor. */
const CALL_MS_FIT = 25;
const CALL_STEPS_FIT = 1_000_000;

/** The verdict, with a reason for each thing that is too much. Time is the median of the calls: single ones are others' doing. */
export function fitnessOf({
  codeBytes = 0,
  loadMs = 0,
  calls = [],
  warnings = [],
}: Measured): FunctionFitness {
  const reasons = [...warnings];
  if (codeBytes > CODE_BYTES_FIT) {
    reasons.push(`its code has ${codeBytes} bytes, and more than ${CODE_BYTES_FIT} make every start slow`);
  }
  if (loadMs > LOAD_MS_FIT)
    reasons.push(`it took ${Math.round(loadMs)} ms to start, and should take ${LOAD_MS_FIT}`);
  const stepsMax = Math.max(0, ...calls.map(({ steps }) => steps));
  const callMs = median(calls.map(({ ms }) => ms));
  if (stepsMax > CALL_STEPS_FIT) {
    reasons.push(`a call took ${stepsMax} steps, and should take ${CALL_STEPS_FIT} at most`);
  }
  if (callMs > CALL_MS_FIT)
    reasons.push(`a call took ${Math.round(callMs)} ms, and should take ${CALL_MS_FIT} at most`);
  const verdict = reasons.length > 0 ? "heavy" : calls.length === 0 ? "unmeasured" : "fit";
  if (calls.length === 0) return { verdict, reasons };
  return { verdict, reasons, stepsMax, callMs: Math.round(callMs * 100) / 100 };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}
