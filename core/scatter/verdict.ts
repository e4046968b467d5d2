/** What a leaf's failure means for the replica, and for what is tried next. */
import type { ErrorCode } from "../errors.ts";

export interface Verdict {
  /** Whether another replica may do better. */
  retry: boolean;
  /** Whether the replica is at fault, and is put on probation. */
  blame: boolean;
}

const FINAL: Verdict = { retry: false, blame: false };
const ELSEWHERE: Verdict = { retry: true, blame: true };
const NOT_YET: Verdict = { retry: true, blame: false };

/**
 * A leaf that refuses a request refuses it on every replica; what is left are failures of the leaf itself. Damaged data is one:
 * the other replicas have written their segments by themselves.
 */
export function verdictOn(code: ErrorCode): Verdict {
  switch (code) {
    case "unavailable":
    case "internal":
    case "corrupt":
    case "deadline-exceeded":
      return ELSEWHERE;
    case "replica-behind":
    case "function-busy":
      return NOT_YET;
    default:
      return FINAL;
  }
}
