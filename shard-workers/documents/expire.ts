/**
 * Deletes what the platform has kept for longer than it is to: dead letters, delivered events, mails. What is too old is found by
 * the platform's own search, the oldest first, and deleted like anything else, so that replicas and caches need to know of nothing.
 */
import { refOf, type Collection } from "../../core/collection.ts";
import type { BranchApi } from "../../core/contracts/branch.ts";
import type { CatalogApi } from "../../core/contracts/catalog.ts";
import { RETAINED } from "../../core/contracts/retention.ts";
import type { SearchPlan } from "../../core/contracts/search.ts";
import { DEADLINE_MS_MAX } from "../../core/deadlines.ts";
import { writeOperations } from "../../core/document/write-operations.ts";

/** Documents that are deleted at a time: a log row a leaf, and a turn that others wait for no longer than for any write. */
export const EXPIRE_BATCH_DOCUMENTS = 1_000;

/**
 * How long one sweep goes on. What is left waits for the next, in five minutes; at some 10,000 deletions a second that is far more
 * than is written meanwhile.
 */
export const EXPIRE_TIME_MS = 20_000;

export interface ExpireServices {
  catalog: Pick<CatalogApi, "getCollection" | "getRetention">;
  branches: Pick<BranchApi, "search" | "write">;
  /** Epoch milliseconds. */
  now: () => number;
}

/** Answers how many documents were deleted. What can't be reached is left for the next sweep. */
export async function expireDocuments(services: ExpireServices): Promise<number> {
  const { catalog, now } = services;
  const startedAt = now();
  const retention = await catalog.getRetention();
  let deleted = 0;
  for (const { setting, collection: name, field } of RETAINED) {
    const collection = await catalog.getCollection(name);
    if (collection === null) continue;
    const plan = olderThan(field, startedAt - retention[setting]);
    for (let some = -1; some !== 0 && now() - startedAt < EXPIRE_TIME_MS; deleted += some)
      some = await deleteSome(services, collection, plan);
  }
  if (deleted > 0) console.log(JSON.stringify({ event: "documents-expired", documents: deleted }));
  return deleted;
}

/** Answers how many were deleted: none is the end, whether there are none left or they can't be had. */
async function deleteSome(
  { catalog, branches }: ExpireServices,
  collection: Collection,
  plan: SearchPlan,
): Promise<number> {
  // The platform's own collections have fewer shards than a branch has leaves.
  const shards = Array.from({ length: collection.shards }, (_, shard) => shard);
  const { partial } = await branches.search(refOf(collection), shards, plan, DEADLINE_MS_MAX);
  if (partial.hits.length === 0) return 0;
  const { outcomes } = await writeOperations(
    { branches, refresh: () => catalog.getCollection(collection.name) },
    collection,
    partial.hits.map(({ id }) => ({ kind: "delete", id })),
  );
  return outcomes.filter(({ ok }) => ok).length;
}

/** Documents whose field is before a moment, the oldest first, by their ids alone. */
function olderThan(field: string, time: number): SearchPlan {
  return {
    clauses: [],
    searched: [],
    filter: `${field} < '${new Date(time).toISOString()}'`,
    sort: [{ field, descending: false }],
    limit: EXPIRE_BATCH_DOCUMENTS,
    inlined: 0,
    facets: [],
    aggregations: [],
    select: [],
    highlight: [],
  };
}
