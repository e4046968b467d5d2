import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import type { Fields } from "../../../core/collection.ts";
import { slotOf } from "../../../core/slots.ts";
import { HintCache } from "../../../root-worker/query/hint-cache.ts";
import { Shards, type AnyDocument } from "./shards.ts";

const FIELDS: Fields = {
  title: { type: "text", language: "english" },
  text: { type: "text", language: "english" },
  author: { type: "text" },
};

/** The lines of one of the collection's files, which are ours. */
function lines<T>(name: string): T[] {
  const text = readFileSync(join(import.meta.dirname, "../../cranfield", name), "utf8");
  return text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as T);
}

const queries = lines<{ text: string }>("queries.jsonl");
let whole: Shards;

function loaded(shards: number): Shards {
  const collection = new Shards(FIELDS, shards, ({ id }) => slotOf(id) % shards);
  collection.put(lines<AnyDocument>("corpus.jsonl"));
  return collection;
}

beforeAll(() => {
  whole = loaded(1);
});

describe("the 225 Cranfield queries", () => {
  it.each([4, 16, 64])(
    "have the same ids and scores from %i shards as from one, whatever was hinted",
    async (shards) => {
      expect(queries).toHaveLength(225);
      const split = loaded(shards);
      const learned = new HintCache();
      for (const [index, { text }] of queries.entries()) {
        const plan = split.plan({ q: text, limit: 20 });
        // Half of them as on a new isolate, half with what the queries before have taught.
        const { partial } = await split.search(plan, index % 2 === 0 ? new HintCache() : learned);
        const expected = (await whole.search(plan)).partial;
        expect(partial.hits.map(({ id, score }) => [id, score])).toEqual(
          expected.hits.map(({ id, score }) => [id, score]),
        );
        expect(partial.total).toBe(expected.total);
      }
    },
  );
});
