/** A collection of one leaf, and what the tests of it do with it: declare, write, read, search. */
import { BranchSessions } from "../../../core/branch-sessions.ts";
import { runInDurableObject } from "cloudflare:test";
import { expect } from "vitest";
import { refOf, type Collection, type CollectionSpec, type Fields } from "../../../core/collection.ts";
import type { WriteOperation, WriteOutcome } from "../../../core/contracts/documents.ts";
import type { SearchPlan, Statistics } from "../../../core/contracts/search.ts";
import { parseQuery } from "../../../core/query/parse-query.ts";
import { workerUnderTest } from "../under-test.ts";

const { env: bindings, exports } = workerUnderTest<
  DocumentsBindings,
  typeof import("../../../shard-workers/documents/index.ts")
>();
export const env = bindings;
export const branch = new BranchSessions(() => exports.Branch.open());

export const fields: Fields = {
  title: { type: "text" },
  plot: { type: "text", language: "english" },
  genre: { type: "keyword" },
  year: { type: "number" },
};
export const spec: CollectionSpec = { layout: "documents", shards: 1, replicas: 1, fields };

export async function declare(declared: CollectionSpec = spec, name = "films"): Promise<Collection> {
  const answer = await env.CATALOG.putCollection(name, declared);
  if (!answer.ok) throw new Error(answer.message);
  return answer.collection;
}

export { refOf };
export const leafOf = ({ id }: Collection) => env.LEAF.getByName(`${id}/0/0`);

/**
 * Ends the leaf's instance, as an eviction does: the next call meets a new one, which has what is on the disk, and what `change` makes of it. (The
 * pool's own eviction waits for branches, whose calls stay open for as long as the test.)
 */
export async function restart(
  collection: Collection,
  change: (storage: DurableObjectStorage) => void = () => undefined,
): Promise<void> {
  const ended = runInDurableObject(leafOf(collection), async (_, ctx) => {
    // Nothing else runs in between: a step of a merge would write rows anew that were just changed.
    await ctx.blockConcurrencyWhile(async () => {
      change(ctx.storage);
      await ctx.storage.sync();
    });
    ctx.abort("evicted");
  });
  await expect(ended).rejects.toThrow("evicted");
}

export const put = (id: string, document: object = {}): WriteOperation => ({
  kind: "put",
  id,
  json: JSON.stringify({ id, ...document }),
});

export async function write(collection: Collection, operations: WriteOperation[]): Promise<WriteOutcome[]> {
  const [answer] = await branch.write(refOf(collection), [{ shard: 0, operations }]);
  if (answer?.ok !== true) throw new Error(answer?.message);
  return answer.outcomes;
}

export async function versionOf(collection: Collection, operation: WriteOperation): Promise<number> {
  const [outcome] = await write(collection, [operation]);
  if (outcome?.ok !== true) throw new Error(outcome?.message);
  return outcome.version;
}

export async function read(collection: Collection, id: string): Promise<unknown> {
  const answer = await branch.getDocument(refOf(collection), 0, id, 20_000);
  if (!answer.ok) return answer.code;
  return answer.document === null ? null : JSON.parse(answer.document.json);
}

/** A plan for a query, without statistics: `find` puts the leaf's own in. */
export function planOf(q: string, declared: Fields, differences: Partial<SearchPlan> = {}): SearchPlan {
  const searched = Object.keys(declared).filter((field) => declared[field]?.type === "text");
  const parsed = parseQuery(q, { fields: declared, searched, operator: "or" });
  if (!parsed.ok) throw new Error(parsed.message);
  return {
    clauses: parsed.clauses,
    searched: searched.map((field) => ({ field, boost: 1 })),
    sort: [{ field: "_score", descending: true }],
    limit: 10,
    facets: [],
    aggregations: [],
    highlight: [],
    ...differences,
  };
}

export async function statisticsOf(collection: Collection, q: string): Promise<Statistics> {
  const plan = planOf(q, collection.fields);
  const hints = {
    documents: null,
    fields: plan.searched.map(() => null),
    frequencies: plan.clauses.map(() => null),
  };
  const { partial } = await branch.search(refOf(collection), [0], { ...plan, hints }, 20_000);
  const [ranking] = partial.rankings;
  if (ranking === undefined) throw new Error("a leaf that is given hints answers its statistics");
  return ranking.statistics;
}

export async function find(collection: Collection, q: string, differences: Partial<SearchPlan> = {}) {
  const statistics = await statisticsOf(collection, q);
  const plan = planOf(q, collection.fields, { statistics, ...differences });
  const { partial, leaves } = await branch.search(refOf(collection), [0], plan, 20_000);
  return { ids: partial.hits.map(({ id }) => id), partial, leaves };
}
