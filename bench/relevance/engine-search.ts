/** Cranfield in the index engine, declared and asked as somebody would who changes no default. */
import type { Collection } from "../../core/collection.ts";
import { planSearch } from "../../root-worker/query/plan.ts";
import { BlobCache } from "../../shard-workers/segment/cache.ts";
import { columnModule } from "../../shard-workers/segment/columns/index.ts";
import { SegmentEngine } from "../../shard-workers/segment/engine.ts";
import { searchSegments } from "../../shard-workers/segment/search/search.ts";
import { segmentStatistics } from "../../shard-workers/segment/search/statistics.ts";
import { MemoryStore } from "../../test/unit/segment/memory-store.ts";
import type { Abstract, Search } from "./cranfield.ts";

/** Far below this nothing counts. */
const RANKED = 1000;

const COLLECTION: Collection = {
  name: "cranfield",
  id: "cranfield",
  layout: "documents",
  shards: 1,
  replicas: 1,
  epoch: 1,
  slots: [],
  createdAt: "",
  fields: {
    title: { type: "text", language: "english" },
    text: { type: "text", language: "english" },
  },
};

/** The shards do not matter: a ranking is the same for any number of them. */
export function engineSearch(documents: readonly Abstract[]): Search {
  const engine = new SegmentEngine(new MemoryStore(), columnModule, new BlobCache(64 * 1024 * 1024));
  engine.declare(COLLECTION.fields);
  engine.batch(() => {
    documents.forEach(({ id, title, text }, index) => {
      const value = { id, title, text };
      engine.put({ id, version: index + 1, json: JSON.stringify(value), value });
    });
  });
  return (question) => {
    const planned = planSearch(
      { q: question, operator: "or", limit: RANKED, deadlineMs: 2_000, partial: "forbid", explain: false },
      COLLECTION,
      undefined,
    );
    if (!planned.ok) throw new Error(planned.message);
    const statistics = segmentStatistics(engine.searchables, planned.plan);
    const { hits } = searchSegments(engine.searchables, { plan: { ...planned.plan, statistics } });
    return hits.map(({ id }) => id);
  };
}
