/** Versions as entity tags, and the preconditions that clients make of them (RFC 9110, sections 8.8.3 and 13.1). */
import type { VersionCondition } from "../../core/contracts/documents.ts";
import { Problem } from "../problem.ts";

/** No document has it: a tag that we never gave is a failed precondition, not a malformed request. */
const NO_VERSION = -1;

/** Versions are strong: two of the same are the same bytes. */
export function etagOf(version: number): string {
  return `"${version.toString(36)}"`;
}

/** The condition of a write: `If-Match` with tags or `*`, or `If-None-Match: *` for "only if it is new". */
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
  // A tag that we never gave may have a comma in it: its parts match nothing, as it does.
  const [version = NO_VERSION, ...more] = ifMatch.split(",").map(versionOfTag);
  return more.length === 0 ? version : [version, ...more];
}

/** Tags are compared strongly: a weak one is of no version. */
function versionOfTag(tag: string): number {
  const [, digits = ""] = /^\s*"([0-9a-z]+)"\s*$/.exec(tag) ?? [];
  const version = Number.parseInt(digits, 36);
  return Number.isSafeInteger(version) && version > 0 ? version : NO_VERSION;
}
