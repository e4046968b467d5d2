/** What a write asks of its document's version. */
import type { VersionCondition } from "../contracts/documents.ts";

/** Whether a document of this version meets the condition; `version` is undefined where there is no document. */
export function meetsCondition(
  condition: VersionCondition | undefined,
  version: number | undefined,
): boolean {
  if (condition === undefined) return true;
  if (condition === "*") return version !== undefined;
  return (typeof condition === "number" ? [condition] : condition).includes(version ?? 0);
}
