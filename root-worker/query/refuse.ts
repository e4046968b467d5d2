/** When what was gathered is no answer. */
import type { Collection } from "../../core/collection.ts";
import { isStale } from "../../core/document/write-operations.ts";
import { failure } from "../../core/errors.ts";
import { Problem, UNREACHABLE } from "../problem.ts";
import type { FailedShard, Gathered, GatheredLeaves } from "./gather.ts";

/** How often a request begins anew because the collection has changed under it. To be resharded takes three changes. */
export const ATTEMPTS_MAX = 5;

/** Whether leaves have refused since they know a newer collection, so that the request is to begin anew. */
export function hasChanged(failed: readonly FailedShard[]): boolean {
  return failed.some(({ code }) => isStale(failure(code, "")));
}

/** What a budget says is over: the caller may wait for the day's end, or raise it. */
export function refuseOverBudget({ name, overBudget }: Collection): void {
  if (overBudget !== true) return;
  throw new Problem(
    "budget-exceeded",
    `The collection "${name}" has used up its budget for today (UTC). PUT /v1/budgets/collections/${name} raises it.`,
  );
}

/** Where words are divided over leaves, and not documents, no leaf has a key's documents and all that is to be known of them. */
export function refuseRouting({ layout }: Collection, { routing }: { routing?: string | undefined }): void {
  if (layout !== "terms" || routing === undefined) return;
  const message = 'is for the layouts "documents" and "replicas": in "terms" a leaf has words, not documents';
  throw new Problem("invalid-request", `routing ${message}.`, [{ path: "routing", message }]);
}

/** A bookmark that names more than its shard has is the caller's fault, and no shard's. */
export function refuseFutureBookmark({ failed }: Pick<GatheredLeaves, "failed">): void {
  const future = failed.find(({ code }) => code === "invalid-bookmark");
  if (future !== undefined) throw new Problem("invalid-bookmark", future.detail ?? "The bookmark is wrong.");
}

/** `partial=forbid` wants all shards or a problem; no shard at all is no answer in either case. */
export function refuseIncomplete(
  { answered, failed, terms }: Pick<GatheredLeaves, "answered" | "failed"> & Pick<Gathered, "terms">,
  { partial }: { partial: "forbid" | "allow" },
): void {
  const answeredCount = answered.size + (terms?.answered ?? 0);
  if (failed.length === 0 || (partial === "allow" && answeredCount > 0)) return;
  const late = failed.every(({ code }) => code === "deadline-exceeded");
  const shards = failed
    .map(({ shard, part }) => (part === undefined ? shard : `${shard} (${part})`))
    .join(", ");
  throw new Problem(
    late ? "deadline-exceeded" : "shards-unavailable",
    answeredCount > 0
      ? `No answer from shard ${shards}. With "partial": "allow" the answer would have stood on the others.`
      : `No shard has answered.${adviceOn(failed)}`,
    undefined,
    { leaves: { answered: answeredCount, failed } },
  );
}

/** What to do about leaves none of which has answered. */
function adviceOn(failed: readonly FailedShard[]): string {
  if (failed.every(({ code }) => code === "deadline-exceeded")) return "";
  if (failed.every(({ code }) => code === "replica-behind"))
    return " What was written has not reached the leaves that search: ask again in a moment.";
  return ` ${UNREACHABLE}`;
}
