/** Whose fault it is that a function's call failed. */
import type { ErrorCode } from "../errors.ts";

/**
 * Whether it is the function's own, or its caller's: then it fails everywhere, no replica does better, and no leaf is to blame.
 */
export function isFunctionFault(code: ErrorCode): boolean {
  switch (code) {
    case "unknown-function":
    case "unknown-version":
    case "invalid-function":
    case "partial-too-large":
      return true;
    case "function-busy":
      return false;
    default:
      return code.startsWith("function-");
  }
}
