import { describe, expect, it } from "vitest";
import type { Fields } from "../../../core/collection.ts";
import { BlobCache } from "../../../shard-workers/segment/cache.ts";
import { SegmentEngine } from "../../../shard-workers/segment/engine.ts";
import { MERGE_FACTOR } from "../../../shard-workers/segment/limits.ts";
import { segmentStatistics } from "../../../shard-workers/segment/search/statistics.ts";
import { MemoryStore } from "./memory-store.ts";
import { plainColumns } from "./plain-columns.ts";

const FIELDS: Fields = { body: { type: "text" } };
const SEGMENTS = MERGE_FACTOR;
/** More terms than a merge goes through in a step. */
const WORDS = 4_200;

describe("a merge that pauses in the middle of a field's terms", () => {
  it("goes on from where it was, though the cache holds none of its sources by then", async () => {
    const engine = new SegmentEngine(new MemoryStore(), plainColumns, new BlobCache(64 * 1024));
    engine.declare(FIELDS);
    for (let segment = 0; segment < SEGMENTS; segment++) {
      const words = Array.from({ length: WORDS }, (_, index) => `w${index}`);
      const value = { id: `d${segment}`, body: words.join(" ") };
      engine.batch(() => {
        engine.put({ id: value.id, version: segment + 1, json: JSON.stringify(value), value });
        engine.flush();
      });
    }
    let steps = 0;
    for (; engine.mergeStep().more; steps++) {
      engine.get("d0");
      // The turn ends: memory of what was evicted is given back.
      await Promise.resolve();
    }
    expect(steps).toBeGreaterThan(4);
    expect(engine.searchables.length).toBeLessThan(SEGMENTS);

    const wanted = ["w0", "w1234", "w3999", `w${WORDS - 1}`];
    const clauses = wanted.map((term) => ({
      occur: "should" as const,
      kind: "term" as const,
      fields: [{ field: "body", terms: [term] }],
    }));
    const plan = { clauses, searched: [{ field: "body" }] };
    expect(segmentStatistics(engine.searchables, plan).frequencies).toEqual(wanted.map(() => SEGMENTS));
  });
});
