/** Why an isolate could not be started, or did not answer: what the runtime throws, told in terms of the function. */
import { failure } from "../errors.ts";
import type { FunctionFailure } from "./answers.ts";
import { CPU_MAX_MS } from "./limits.ts";
import { placeOf } from "./raw-answer.ts";

/** The messages are workerd's and the platform's; what is none of them is not shown. */
export function isolateFailure(error: unknown): FunctionFailure {
  const message = error instanceof Error ? error.message : String(error);
  if (/exceeded.*CPU|CPU time limit/i.test(message)) {
    return failure("function-cpu-exceeded", `A call has ${CPU_MAX_MS} ms of the processor.`);
  }
  if (/exceeded.*memory|memory limit|out of memory/i.test(message)) {
    return failure("function-out-of-memory", "An isolate has 128 MB.");
  }
  if (/had hung and would never generate/.test(message)) {
    return failure("function-call-timeout", "The function would never have answered.");
  }
  const [, thrown] = /^Failed to start Worker:\s+(?:Uncaught )?([^\n]+)/.exec(message) ?? [];
  if (thrown !== undefined) {
    const place = placeOf(message);
    const errors = place && [{ path: `modules.${place.module}:${place.line}`, message: thrown }];
    return { ...failure("function-failed", thrown, errors), ...place };
  }
  console.error(JSON.stringify({ event: "function-isolate-failed", error: message }));
  return failure("unavailable", "The function's isolate could not be reached.");
}
