/** A new leaf that has to take everything once more. */
import type { Position } from "../../../core/contracts/replication.ts";
import { beginAnew } from "../../segment/manifest.ts";
import type { SegmentStore } from "../../segment/store.ts";
import type { LeafState } from "../leaf-state.ts";
import type { MeteredSql } from "../../leaf/metered-sql.ts";
import { NOTHING_MOVED } from "./move-in.ts";

/** Forgets the documents, but not how far the log has come: replicas are to notice. */
export function forgetDocuments(
  storage: Pick<DurableObjectStorage, "transactionSync">,
  store: SegmentStore,
  sql: MeteredSql,
  state: LeafState,
  position: Position,
): void {
  storage.transactionSync(() => {
    beginAnew(store, position);
    sql.run("DROP TABLE IF EXISTS event_writes");
    state.writeMoved(NOTHING_MOVED);
  });
  state.read();
}
