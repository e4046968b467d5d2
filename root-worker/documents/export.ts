/** Exports: every document of a collection, streamed. */
import { BranchSessions } from "../../core/branch-sessions.ts";
import { notBefore, refOf, type Collection } from "../../core/collection.ts";
import type { BranchApi } from "../../core/contracts/branch.ts";
import type { ExportPage } from "../../core/contracts/documents.ts";
import { DEADLINE_MS_MAX } from "../../core/deadlines.ts";
import type { RootEnv } from "../app.ts";
import { Problem } from "../problem.ts";
import { shardsOf } from "../query/branches.ts";

/**
 * NDJSON, shard by shard, a page in memory at a time. The first page is read before the stream begins, so that a collection
 * that can't be read is a problem; when a later one can't, the stream breaks, and is never taken for complete.
 */
export async function exportStream(
  env: RootEnv,
  collection: Collection,
): Promise<ReadableStream<Uint8Array>> {
  const pages = readPages(env, collection);
  const encoder = new TextEncoder();
  let page = await pages.next();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      if (page.done === true) {
        controller.close();
        return;
      }
      controller.enqueue(encoder.encode(page.value));
      page = await pages.next();
    },
    async cancel() {
      await pages.return(undefined);
    },
  });
}

async function* readPages(env: RootEnv, collection: Collection): AsyncGenerator<string> {
  // Branches of its own: the request's are closed when its handler is through, and the stream goes on.
  const branches = new BranchSessions(() => env.DOCUMENTS.open());
  try {
    for (const shard of shardsOf(collection)) yield* readShard(branches, collection, shard);
  } finally {
    branches.close();
  }
}

async function* readShard(
  branches: BranchApi,
  collection: Collection,
  shard: number,
): AsyncGenerator<string> {
  // A page that another replica answers, when the first fails, is never older than the pages before it.
  let ref = refOf(collection);
  let afterId = "";
  for (let done = false; !done;) {
    const page: ExportPage = await branches.exportPage(ref, shard, afterId, DEADLINE_MS_MAX);
    if (!page.ok) throw Problem.from(page);
    if (page.documents.length > 0) yield page.documents.map(({ json }) => `${json}\n`).join("");
    afterId = page.documents.at(-1)?.id ?? afterId;
    ref = notBefore(ref, new Map([[shard, page.sequence]]));
    done = page.done;
  }
}
