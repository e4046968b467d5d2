/** When what was gathered is no answer. */
import type { Collection } from "../../core/collection.ts";
import { isStale } from "../../core/document/write-operations.ts";
import { failure } from "../../core/errors.ts";
import { Problem, UNREACHABLE } from "../problem.ts";
import type { FailedShard, GatheredLeaves } from "./gather.ts";

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

/** A bookmark that names more than its shard has is the caller's fault, and no shard's. */
export function refuseFutureBookmark({ failed }: Pick<GatheredLeaves, "failed">): void {
  const future = failed.find(({ code }) => code === "invalid-bookmark");
  if (future !== undefined) throw new Problem("invalid-bookmark", future.detail ?? "The bookmark is wrong.");
}

/** `partial=forbid` wants all shards or a problem; no shard at all is no answer in either case. */
export function refuseIncomplete(
  { answered, failed }: Pick<GatheredLeaves, "answered" | "failed">,
  { partial }: { partial: "forbid" | "allow" },
): void {
  if (failed.length === 0 || (partial === "allow" && answered.size > 0)) return;
  const late = failed.every(({ code }) => code === "deadline-exceeded");
  const shards = failed.map(({ shard }) => shard).join(", ");
  throw new Problem(
    late ? "deadline-exceeded" : "shards-unavailable",
    answered.size > 0
      ? `No answer from shard ${shards}. With "partial": "allow" the answer would have stood on the others.`
      : `No shard has answered.${late ? "" : ` ${UNREACHABLE}`}`,
    undefined,
    { leaves: { answered: answered.size, failed } },
  );
}
