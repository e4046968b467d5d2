import { expect, it } from "vitest";
import { SegmentIndex } from "../../../shard-workers/documents/segment-index.ts";
import { MemoryStore } from "../segment/memory-store.ts";

it("facets of documents with very many values, one of them very long, are counted in one pass", () => {
  const index = new SegmentIndex(new MemoryStore());
  index.declare({ tags: { type: "keyword" } });
  const tags = Array.from({ length: 60_000 }, (_, n) => `tag${n}`);
  const documents = { long: { tags: "é".repeat(400_000) }, many: { tags }, few: { tags: ["tag7", "tag7"] } };
  index.batch(() => {
    for (const [id, value] of Object.entries(documents)) {
      index.put({ id, version: 1, json: JSON.stringify({ id, ...value }), value: { id, ...value } });
    }
  });
  const { facets } = index.search(
    {
      clauses: [],
      searched: [],
      sort: [{ field: "id", descending: false }],
      limit: 0,
      facets: [{ kind: "values", field: "tags", limit: 3 }],
      aggregations: [],
      highlight: [],
    },
    0,
    0,
  );
  expect(facets[0]?.counts.get("tag7")).toBe(2);
  expect(facets[0]?.errorBound).toBe(1);
});
