/** A replica's documents, as following changes them. */
import type { LogEntry } from "../../../core/contracts/replication.ts";
import type { StoredDocument } from "../../../core/contracts/documents.ts";
import type { JsonObject } from "../../../core/document/values.ts";
import { compareText } from "../../segment/searchable.ts";
import type { LeafIndex } from "../leaf-index.ts";
import type { FollowerStore } from "./follower.ts";
import type { CopyPiece } from "./messages.ts";

/** What following needs of an index. */
export type FollowingIndex = Pick<LeafIndex, "position" | "copiedTo" | "batch" | "copy" | "put" | "delete">;

/** What changes documents in an index. */
type Changing = Pick<LeafIndex, "put" | "delete">;

/** What it stands on: the index is asked for each time, since it may be opened anew between two calls. */
interface Indexed {
  readonly index: FollowingIndex;
  reset(): void;
  changed(): void;
}

export function followerStore(leaf: Indexed): FollowerStore {
  return {
    get position() {
      return leaf.index.position;
    },
    get copiedTo() {
      return leaf.index.copiedTo;
    },
    apply(entry: LogEntry): void {
      const { index } = leaf;
      index.batch(() => applyOperations(index, entry, undefined), entry.position);
      leaf.changed();
    },
    copy({ entries, documents, position, copiedTo }: CopyPiece): void {
      const { index } = leaf;
      const upTo = index.copiedTo ?? "";
      index.copy(
        () => {
          for (const entry of entries) applyOperations(index, entry, upTo);
          for (const document of documents) putStored(index, document);
        },
        position,
        copiedTo,
      );
      leaf.changed();
    },
    reset: () => leaf.reset(),
  };
}

/** Applies what another leaf decided. `upTo`: of a copy, whose other documents are still to come as they are by then. */
export function applyOperations(index: Changing, { operations }: LogEntry, upTo: string | undefined): void {
  for (const operation of operations) {
    if (upTo !== undefined && compareText(operation.id, upTo) > 0) continue;
    if (operation.kind === "put") putStored(index, operation);
    else index.delete(operation.id, operation.version);
  }
}

export function putStored(index: Changing, { id, version, json }: StoredDocument): void {
  index.put({ id, version, json, value: JSON.parse(json) as JsonObject }); // a document that the primary stored
}
