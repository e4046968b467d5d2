/** A search of one leaf, with what it cost. */
import type { LeafAnswer, SearchPlan } from "../../core/contracts/search.ts";
import type { LeafIndex } from "./leaf-index.ts";
import type { SlotSpan } from "../../core/slots.ts";
import type { MatchedDocuments } from "../../core/contracts/terms.ts";
import type { MeteredSql } from "../leaf/metered-sql.ts";

/** Documents that ride along with hits: six leaves stay far below an RPC message's 32 MiB, and 186 below an isolate's room. */
const INLINE_BYTES_MAX = 128 * 1024;

type Found = Omit<Extract<LeafAnswer, { ok: true }>, "ok">;

export function leafSearch(
  index: LeafIndex,
  sql: MeteredSql,
  plan: SearchPlan,
  shard: number,
  slots?: SlotSpan,
): Found {
  return metered(index, sql, () => {
    const outdated = index.outdatedFor(plan);
    const partial = index.search(plan, shard, INLINE_BYTES_MAX, slots);
    const { sequence } = index.position;
    return { partial, sequence, ...(outdated === 0 ? {} : { outdated }) };
  });
}

/** As a search, over matches that are known. */
export function leafSearchMatches(
  index: LeafIndex,
  sql: MeteredSql,
  plan: SearchPlan,
  matched: MatchedDocuments,
): Found {
  return metered(index, sql, () => ({
    partial: index.searchMatches(plan, matched, INLINE_BYTES_MAX),
    sequence: index.position.sequence,
  }));
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
