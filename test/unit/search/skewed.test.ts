import { beforeEach, describe, expect, it } from "vitest";
import type { Fields } from "../../../core/collection.ts";
import type { SearchPlan } from "../../../core/contracts/search.ts";
import { compareHits } from "../../../core/query/sort.ts";
import { HintCache } from "../../../root-worker/query/hint-cache.ts";
import { Shards, type AnyDocument } from "./shards.ts";

const FIELDS: Fields = { text: { type: "text" } };

/**
 * All documents with "umbel" lie in shard 0, where it is as common as anything, though it is rare in the collection; "leaf" is
 * everywhere, but only in one document of shard 1, where it seems to be rare.
 */
function documents(): (AnyDocument & { shard: number })[] {
  const of = (shard: number, name: string, count: number, text: (index: number) => string) =>
    Array.from({ length: count }, (_, index) => ({ id: `${name}${index}`, shard, text: text(index) }));
  const filler = (length: number): string => Array.from({ length }, (_, n) => `filler${n % 40}`).join(" ");
  return [
    ...of(0, "umbel", 60, (index) => `umbel leaf ${filler(4 + (index % 9))}`),
    ...of(0, "green", 4, () => `green ${filler(4)}`),
    ...of(1, "alone", 1, () => `leaf ${filler(3)}`),
    ...of(1, "other", 80, (index) => `stalk ${filler(5 + (index % 5))}`),
    ...of(2, "leafy", 400, (index) => `leaf ${filler(3 + (index % 7))}`),
  ];
}

let whole: Shards;
let split: Shards;

beforeEach(() => {
  const all = documents();
  const places = new Map(all.map(({ id, shard }) => [id, shard]));
  whole = new Shards(FIELDS, 1, () => 0);
  split = new Shards(FIELDS, 3, ({ id }) => places.get(id) ?? 0);
  for (const shards of [whole, split])
    shards.put(all.map(({ id, text }): AnyDocument => ({ id, text: String(text) })));
});

/** The ranking of the whole, as one leaf with everything has it. */
async function rightOrder(plan: SearchPlan): Promise<[string, number][]> {
  const { partial } = await whole.search(plan);
  return partial.hits.map(({ id, score }) => [id, score]);
}

/** Each shard ranks by its own statistics, and the lists are merged by these scores: what most systems do. */
function localOrder(plan: SearchPlan): [string, number][] {
  return split.leaves
    .flatMap((leaf, shard) => leaf.search({ ...plan, statistics: leaf.statistics(plan) }, shard, 0).hits)
    .toSorted((a, b) => compareHits(a, b, plan.sort))
    .slice(0, plan.limit)
    .map(({ id, score }) => [id, score]);
}

describe("shards that are not alike", () => {
  it("rank wrongly by what each knows of itself: the common word's only document in its shard comes first", async () => {
    const plan = split.plan({ q: "umbel leaf", limit: 10 });
    const right = await rightOrder(plan);
    const local = localOrder(plan);

    expect(right.every(([id]) => id.startsWith("umbel"))).toBe(true);
    expect(local[0]?.[0]).toBe("alone0");
    expect(local.map(([id]) => id)).not.toEqual(right.map(([id]) => id));
  });

  it("rank right together, and need a second wave for it where a leaf could not know what is rare", async () => {
    const plan = split.plan({ q: "umbel leaf", limit: 10 });
    const { partial, secondWave, unconfirmed } = await split.search(plan);

    expect(partial.hits.map(({ id, score }) => [id, score])).toEqual(await rightOrder(plan));
    expect(secondWave).toBeGreaterThan(0);
    expect(secondWave).toBeLessThan(3);
    expect(unconfirmed).toEqual([]);
  });

  it("need none once the collection's statistics are known, if leaves answer enough hits", async () => {
    const plan = split.plan({ q: "umbel leaf", limit: 10 });
    const hints = new HintCache();
    await split.search(plan, hints);
    const { partial, secondWave } = await split.search(plan, hints, 10);

    expect(partial.hits.map(({ id, score }) => [id, score])).toEqual(await rightOrder(plan));
    expect(secondWave).toBe(0);
  });

  it("rank right when the hints have been overtaken by far", async () => {
    const plan = split.plan({ q: "umbel leaf green", limit: 7 });
    const hints = new HintCache();
    await split.search(plan, hints);
    const more = Array.from({ length: 300 }, (_, index) => ({
      id: `umbel${index + 100}`,
      text: "green umbel of leaf",
    }));
    for (const shards of [whole, split]) shards.put(more);
    const { partial } = await split.search(plan, hints);

    expect(partial.hits.map(({ id, score }) => [id, score])).toEqual(await rightOrder(plan));
  });
});
