/** Counts calls to users' functions, where they are told of. */
import type { FunctionUse } from "../contracts/function-uses.ts";
import { meter } from "./isolate-meter.ts";

type Called = Pick<FunctionUse, "name" | "version" | "calls" | "errors" | "ms">;

/** `errors`: of the calls, those that failed; their time is taken to be alike. */
export function countCalls({ name, version, calls, errors, ms }: Called): void {
  const counted = meter();
  const labels = { function: name, version };
  const failed = Math.min(errors, calls);
  counted.count("umbel_function_calls_total", { ...labels, outcome: "ok" }, calls - failed);
  counted.count("umbel_function_calls_total", { ...labels, outcome: "failed" }, failed);
  if (calls > 0) counted.observe("umbel_function_duration_seconds", labels, ms / calls / 1_000, calls);
}
