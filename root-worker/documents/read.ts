/** Reading one document. */
import type { Context } from "hono";
import { refOf } from "../../core/collection.ts";
import type { StoredDocument } from "../../core/contracts/documents.ts";
import { DEADLINE_MS_DEFAULT } from "../../core/deadlines.ts";
import { shardOf } from "../../core/document/route.ts";
import { isStale } from "../../core/document/write-operations.ts";
import { collectionToRead } from "../bookmark.ts";
import { forgetCollection } from "../catalog-cache.ts";
import type { App } from "../app.ts";
import { Problem } from "../problem.ts";

/** Changes of the collection that may come between this and its leaf: one is resharded in three. */
const ATTEMPTS_MAX = 4;

/** The document, not older than a bookmark says, from the shard that owns its id now. */
export async function readCurrent(
  c: Context<App>,
  name: string,
  id: string,
  bookmark: string | undefined,
): Promise<StoredDocument> {
  for (let attempt = 1; ; attempt++) {
    const collection = await collectionToRead(c, name, bookmark);
    const answer = await c.var.branches.getDocument(
      refOf(collection),
      shardOf(collection, id),
      id,
      DEADLINE_MS_DEFAULT,
    );
    if (answer.ok) {
      if (answer.document !== null) return answer.document;
      throw new Problem("unknown-document", `There is no document "${id}".`);
    }
    if (!isStale(answer) || attempt === ATTEMPTS_MAX) throw Problem.from(answer);
    forgetCollection(name);
  }
}
