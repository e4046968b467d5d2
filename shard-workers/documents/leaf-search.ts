/** A search of one leaf, with what it cost. */
import type { LeafAnswer, SearchPlan } from "../../core/contracts/search.ts";
import type { LeafIndex } from "./leaf-index.ts";
import type { MeteredSql } from "./metered-sql.ts";

/** Documents that ride along with hits: six leaves stay far below an RPC message's 32 MiB, and 186 below an isolate's room. */
const INLINE_BYTES_MAX = 128 * 1024;

type Found = Omit<Extract<LeafAnswer, { ok: true }>, "ok">;

export function leafSearch(index: LeafIndex, sql: MeteredSql, plan: SearchPlan, shard: number): Found {
  const rowsBefore = sql.rowsRead;
  const outdated = index.outdatedFor(plan);
  const partial = index.search(plan, shard, INLINE_BYTES_MAX);
  return {
    partial,
    sequence: index.position.sequence,
    ...(outdated === 0 ? {} : { outdated }),
    documents: index.documentCount(),
    rowsRead: sql.rowsRead - rowsBefore,
  };
}
