/** What a function's `decorate` is told besides the event: a built-in decorator's context without what can't cross. */
import type { Origin } from "../cloudevents/origin.ts";

/** As in decorators/contract.ts, which says more of each. */
export interface FunctionContext {
  topic: string;
  pipeline: string;
  /** The pipeline's. */
  version: number;
  attempt: number;
  occurrence: string;
  acceptedAt: number;
  now: number;
  origin?: Origin;
  /** The step's `with`. */
  options?: object;
}
