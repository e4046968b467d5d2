/** A search of one leaf, with what it cost. */
import type { LeafAnswer, SearchPlan } from "../../core/contracts/search.ts";
import type { LeafIndex } from "./leaf-index.ts";
import type { MeteredSql } from "./metered-sql.ts";

/** Documents that ride along with hits: six leaves stay far below an RPC message's 32 MiB, and 186 below an isolate's room. */
const INLINE_BYTES_MAX = 128 * 1024;

type Found = Omit<Extract<LeafAnswer, { ok: true }>, "ok">;

export function leafSearch(index: LeafIndex, sql: MeteredSql, plan: SearchPlan, shard: number): Found {
  return metered(index, sql, () => {
    const outdated = index.outdatedFor(plan);
    const partial = index.search(plan, shard, INLINE_BYTES_MAX);
    const { sequence } = index.position;
    return { partial, sequence, ...(outdated === 0 ? {} : { outdated }) };
  });
}

/** Runs a read in one turn; its answer with the documents that the leaf holds, and the rows that it has read. */
export function metered<T extends object>(
  index: LeafIndex,
  sql: MeteredSql,
  run: () => T,
): T & { documents: number; rowsRead: number } {
  const rowsBefore = sql.rowsRead;
  const answer = run();
  return { ...answer, documents: index.documentCount(), rowsRead: sql.rowsRead - rowsBefore };
}
