/** Versions as entity tags, and the preconditions that clients make of them (RFC 9110, sections 8.8.3 and 13.1). */
import type { VersionCondition } from "../../core/contracts/documents.ts";
import { Problem } from "../problem.ts";

/** Versions are strong: two of the same are the same bytes. */
export function etagOf(version: number): string {
  return `"${version.toString(36)}"`;
}

/** The condition of a write: `If-Match: "tag"` or `*`, or `If-None-Match: *` for "only if it is new". */
export function versionCondition(
  ifMatch: string | undefined,
  ifNoneMatch: string | undefined,
): VersionCondition | undefined {
  if (ifNoneMatch !== undefined) {
    if (ifNoneMatch.trim() !== "*" || ifMatch !== undefined) {
      throw new Problem("invalid-request", "A write takes one If-Match, or `If-None-Match: *`.");
    }
    return 0;
  }
  if (ifMatch === undefined) return undefined;
  if (ifMatch.trim() === "*") return "*";
  const [, digits = ""] = /^\s*"([0-9a-z]+)"\s*$/.exec(ifMatch) ?? [];
  const version = Number.parseInt(digits, 36);
  // A tag that we never gave matches nothing: that is a failed precondition, not a malformed request.
  return Number.isSafeInteger(version) && version > 0 ? version : -1;
}
