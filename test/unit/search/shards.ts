/** A collection as plain classes: the root's waves, branches, and leaves whose rows are in memory. No Worker anywhere. */
import { evenSlotMap } from "../../../core/slots.ts";
import type { Collection, Fields } from "../../../core/collection.ts";
import { BRANCH_LEAVES_MAX, type BranchApi } from "../../../core/contracts/branch.ts";
import type { BranchAnswer, LeafReport, SearchPlan, Statistics } from "../../../core/contracts/search.ts";
import type { JsonObject } from "../../../core/document/values.ts";
import { emptyPartial, mergePartials } from "../../../core/query/merge.ts";
import { HintCache } from "../../../root-worker/query/hint-cache.ts";
import { planSearch } from "../../../root-worker/query/plan.ts";
import { SearchRequest } from "../../../root-worker/query/request.ts";
import { Deadline } from "../../../root-worker/query/scatter.ts";
import { searchInWaves } from "../../../root-worker/query/search-waves.ts";
import type { Gathered } from "../../../root-worker/query/gather.ts";
import { SegmentIndex } from "../../../shard-workers/documents/segment-index.ts";
import type { SegmentEngine } from "../../../shard-workers/segment/engine.ts";
import { MemoryStore } from "../segment/memory-store.ts";

export type AnyDocument = JsonObject & { id: string };

export class Shards {
  readonly collection: Collection;
  readonly leaves: SegmentIndex[];
  private readonly stores: MemoryStore[];
  private readonly places = new Map<string, number>();
  private readonly shardOf: (document: AnyDocument) => number;
  private version = 1;

  /** `shardOf` says where a document goes when it first comes. */
  constructor(fields: Fields, shards: number, shardOf: (document: AnyDocument) => number) {
    this.collection = {
      name: "plain",
      id: "plain",
      epoch: 1,
      layout: "documents",
      shards,
      replicas: 1,
      fields,
      slots: evenSlotMap(shards),
      createdAt: "2026-01-01T00:00:00.000Z",
    };
    this.shardOf = shardOf;
    this.stores = Array.from({ length: shards }, () => new MemoryStore());
    this.leaves = this.stores.map((store) => this.open(store));
  }

  put(documents: readonly AnyDocument[]): void {
    const byShard = Map.groupBy(documents, (document) => this.placeOf(document));
    for (const [shard, own] of byShard) {
      const leaf = this.leaf(shard);
      leaf.batch(() => {
        for (const value of own)
          leaf.put({ id: value.id, version: this.version++, json: JSON.stringify(value), value });
      });
    }
  }

  delete(ids: readonly string[]): void {
    for (const id of ids) {
      const shard = this.places.get(id);
      if (shard === undefined) continue;
      this.places.delete(id);
      const leaf = this.leaf(shard);
      leaf.batch(() => leaf.delete(id, this.version++));
    }
  }

  /** Writes what is in memory out into a segment, as a full live segment is, and merges segments. */
  flush(shard: number): void {
    const leaf = this.leaf(shard);
    // A leaf has no reason to flush when it is told to; only tests don't have the tens of thousands of words that make it.
    const engine = Reflect.get(leaf, "engine") as SegmentEngine<unknown>;
    engine.batch(() => engine.flush());
    if (leaf.mergeDue()) leaf.mergeStep();
  }

  reopen(shard: number): void {
    const store = this.stores[shard];
    if (store !== undefined) this.leaves[shard] = this.open(store);
  }

  plan(request: unknown, after?: SearchPlan["after"]): SearchPlan {
    const planned = planSearch(SearchRequest.parse(request), this.collection, after);
    if (!planned.ok) throw new Error(planned.message);
    return planned.plan;
  }

  search(plan: SearchPlan, hints = new HintCache(), spareHits?: number): Promise<Gathered> {
    return searchInWaves(plan, {
      branches: this.branches,
      collection: this.collection,
      hints,
      ...(spareHits !== undefined && { spareHits }),
      firstWave: new Deadline(30_000),
      deadline: new Deadline(30_000),
    });
  }

  /** The sum of what the leaves know: the collection's, exactly. */
  statistics(plan: SearchPlan): Statistics[] {
    return this.leaves.map((leaf) => leaf.statistics(plan));
  }

  /** What crosses a border is cloned, as RPC does it. */
  readonly branches: Pick<BranchApi, "search"> = {
    search: async (_ref, shards, sent) => {
      if (shards.length > BRANCH_LEAVES_MAX) throw new Error("a branch asks six leaves at most");
      const plan = structuredClone(sent);
      const partial = shards
        .map((shard) => structuredClone(this.leaf(shard).search(structuredClone(plan), shard, 4_096)))
        .reduce((merged, next) => mergePartials(merged, next, plan), emptyPartial(plan));
      const answer: BranchAnswer = { partial, leaves: shards.map(reportOf) };
      return structuredClone(answer);
    },
  };

  private open(store: MemoryStore): SegmentIndex {
    const leaf = new SegmentIndex(store);
    leaf.declare(this.collection.fields);
    return leaf;
  }

  private leaf(shard: number): SegmentIndex {
    const leaf = this.leaves[shard];
    if (leaf === undefined) throw new Error(`there is no shard ${shard}`);
    return leaf;
  }

  private placeOf(document: AnyDocument): number {
    const known = this.places.get(document.id) ?? this.shardOf(document);
    this.places.set(document.id, known);
    return known;
  }
}

function reportOf(shard: number): LeafReport {
  return { shard, replica: 0, attempts: [], documents: 0, rowsRead: 0, rowsWritten: 0, startMs: 0, endMs: 0 };
}
