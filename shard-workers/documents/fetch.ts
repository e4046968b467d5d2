/** Documents by their ids. */
import type { StoredDocument } from "../../core/contracts/documents.ts";
import type { LeafIndex } from "./leaf-index.ts";

/** A fetch of documents answers at most this, and six leaves less than an RPC message's 32 MiB; the caller asks again. */
const FETCH_BYTES_MAX = 4 * 1024 * 1024;

/** Those of the wanted that exist, in their order, at least one, as far as a message has room. */
export function fetchFrom(index: Pick<LeafIndex, "get">, ids: readonly string[]): StoredDocument[] {
  const documents: StoredDocument[] = [];
  let bytes = 0;
  for (const id of ids) {
    const document = index.get(id);
    if (document === undefined) continue;
    bytes += document.json.length;
    if (documents.length > 0 && bytes > FETCH_BYTES_MAX) break;
    documents.push(document);
  }
  return documents;
}
