/** A run of a function that failed, as a problem: with the function's own words and its line. */
import type { FunctionRunFailure } from "../../core/functions/answers.ts";
import { Problem } from "../problem.ts";

export function runProblem(failed: FunctionRunFailure): Problem {
  const { code, message, errors, module, line, version } = failed;
  return new Problem(code, message, errors, {
    ...(module === undefined ? {} : { module }),
    ...(line === undefined ? {} : { line }),
    ...(version === undefined ? {} : { version }),
  });
}
