/** Exports: every document of a collection, streamed. */
import { BranchSessions } from "../../core/branch-sessions.ts";
import { generationOf, notBefore, refOf, type Collection } from "../../core/collection.ts";
import type { BranchApi } from "../../core/contracts/branch.ts";
import type { ExportPage } from "../../core/contracts/documents.ts";
import { DEADLINE_MS_MAX } from "../../core/deadlines.ts";
import { isStale } from "../../core/document/write-operations.ts";
import { slotOf, slotTable } from "../../core/slots.ts";
import type { RootEnv } from "../app.ts";
import { refreshCollection } from "../catalog-cache.ts";
import { Problem } from "../problem.ts";
import { shardsOf } from "../query/branches.ts";

/**
 * How often an export goes on after the collection has changed without a page in between: one that is resharded changes three
 * times.
 */
const CHANGES_MAX = 5;

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
  const walk = new ExportWalk(collection);
  let changes = 0;
  try {
    while (!walk.done) {
      const page = await walk.nextPage(branches);
      if (page.ok) {
        changes = 0;
        if (page.lines !== "") yield page.lines;
        continue;
      }
      changes += 1;
      const current = isStale(page) && changes <= CHANGES_MAX ? await refresh(env, collection) : undefined;
      if (current === undefined) throw Problem.from(page);
      walk.goOnIn(current);
    }
  } finally {
    branches.close();
  }
}

/** The collection as it is now; undefined: it is another one. */
async function refresh(env: RootEnv, { name, id }: Collection): Promise<Collection | undefined> {
  const current = await refreshCollection(env.CATALOG, name);
  return current?.id === id ? current : undefined;
}

/** What has been exported of one generation of leaves: by slot, the shard it was in; the shards before one, and of it the ids up to one. */
interface Exported {
  table: Uint16Array;
  shard: number;
  afterId: string;
}

/**
 * The way of an export through a collection, which may be resharded under it: then it begins anew in the new leaves, and leaves out what it
 * has had.
 */
class ExportWalk {
  private collection: Collection;
  private shard = 0;
  private afterId = "";
  /** A page that another replica answers, when the first fails, is never older than the pages before it. */
  private sequence: number | undefined;
  private readonly exported: Exported[] = [];

  constructor(collection: Collection) {
    this.collection = collection;
  }

  get done(): boolean {
    return this.shard >= shardsOf(this.collection).length;
  }

  async nextPage(
    branches: BranchApi,
  ): Promise<{ ok: true; lines: string } | Exclude<ExportPage, { ok: true }>> {
    const { sequence } = this;
    const latest = refOf(this.collection);
    const ref = sequence === undefined ? latest : notBefore(latest, new Map([[this.shard, sequence]]));
    const page = await branches.exportPage(ref, this.shard, this.afterId, DEADLINE_MS_MAX);
    if (!page.ok) return page;
    const lines = page.documents.filter(({ id }) => !this.hasHad(id)).map(({ json }) => `${json}\n`);
    if (page.done) this.beginShard(this.shard + 1);
    else {
      this.sequence = page.sequence;
      this.afterId = page.documents.at(-1)?.id ?? this.afterId;
    }
    return { ok: true, lines: lines.join("") };
  }

  goOnIn(current: Collection): void {
    if (generationOf(current) !== generationOf(this.collection)) {
      const { shard, afterId } = this;
      this.exported.push({ table: slotTable(this.collection.slots), shard, afterId });
      this.beginShard(0);
    }
    this.collection = current;
  }

  private beginShard(shard: number): void {
    this.shard = shard;
    this.afterId = "";
    this.sequence = undefined;
  }

  private hasHad(id: string): boolean {
    const slot = slotOf(id);
    return this.exported.some(({ table, shard, afterId }) => {
      const owner = table[slot] ?? 0;
      return owner < shard || (owner === shard && id <= afterId);
    });
  }
}
