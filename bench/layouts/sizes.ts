/**
 * Bytes that a search moves between Workers (root and branches, branches and leaves), counted at an HTTP platform that is not there: the
 * same classes, with rows in memory, and each message as V8 would clone it.
 */
import { serialize } from "node:v8";
import { BRANCH_LEAVES_MAX, type BranchApi } from "../../core/contracts/branch.ts";
import type { Collection, Fields } from "../../core/collection.ts";
import type { BranchAnswer, LeafAnswer, LeafReport, SearchPlan } from "../../core/contracts/search.ts";
import { emptyPartial, mergePartials } from "../../core/query/merge.ts";
import { WorkPaces } from "../../core/scatter/work-pace.ts";
import { packAnswer, unpackAnswer, type LeafErrand, type LeafQuestion } from "../../core/search-wire.ts";
import { slotOf } from "../../core/slots.ts";
import { HintCache } from "../../root-worker/query/hint-cache.ts";
import { planSearch } from "../../root-worker/query/plan.ts";
import { SearchRequest } from "../../root-worker/query/request.ts";
import { Deadline } from "../../root-worker/query/scatter.ts";
import { searchReplicas } from "../../root-worker/query/search-replicas.ts";
import { searchInWaves } from "../../root-worker/query/search-waves.ts";
import { SegmentIndex } from "../../shard-workers/documents/segment-index.ts";
import { MemoryRows } from "../certificate/memory-rows.ts";

type Documents = readonly { id: string }[];

/** One number of leaves of one layout, in memory. */
export class Sized {
  private readonly collection: Collection;
  /** By shard; in the layout `replicas` one stands for all. */
  private readonly leaves: SegmentIndex[];
  private bytes = 0;
  private readonly hints = new HintCache();
  private readonly paces = new WorkPaces(1);

  constructor(layout: "documents" | "replicas", leaves: number, fields: Fields, documents: Documents) {
    const shards = layout === "replicas" ? 1 : leaves;
    this.collection = {
      name: "sized",
      id: "sized",
      epoch: 1,
      layout,
      shards,
      replicas: layout === "replicas" ? leaves : 1,
      fields,
      slots: [],
      createdAt: "2026-01-01T00:00:00.000Z",
    };
    this.leaves = Array.from({ length: shards }, (_, shard) => {
      const own = documents.filter(({ id }) => slotOf(id) % shards === shard);
      return filled(fields, own);
    });
  }

  /** The bytes of one search, after one that has taught what can be. */
  async bytesOf(request: object): Promise<number> {
    await this.search(request);
    this.bytes = 0;
    await this.search(request);
    return this.bytes;
  }

  private async search(request: object): Promise<void> {
    const { collection } = this;
    const planned = planSearch(SearchRequest.parse(request), collection, undefined);
    if (!planned.ok) throw new Error(planned.message);
    const deadlines = { firstWave: new Deadline(30_000), deadline: new Deadline(30_000) };
    const setting = { branches: this.branches, collection, hints: this.hints, ...deadlines };
    if (collection.layout === "documents") await searchInWaves(planned.plan, setting);
    else await searchReplicas(planned.plan, { ...setting, paces: this.paces, waitUntil: () => {} });
  }

  private count(...messages: unknown[]): void {
    for (const message of messages) this.bytes += serialize(message).length;
  }

  private readonly branches: Pick<BranchApi, "search" | "askLeaf" | "cancelLeaf"> = {
    search: async (_ref, shards, plan) => {
      if (shards.length > BRANCH_LEAVES_MAX) throw new Error("a branch asks six leaves at most");
      const startedAt = Math.round(performance.now());
      this.count(plan);
      const partials = shards.map((shard) => {
        const partial = this.leaf(shard).search(plan, shard, 128 * 1024);
        this.count(plan, packAnswer({ partial }, partial));
        return partial;
      });
      const partial = partials.reduce((sum, next) => mergePartials(sum, next, plan), emptyPartial(plan));
      const endMs = Math.round(performance.now()) - startedAt;
      const leaves = shards.map((shard) => reportOf(shard, this.leaf(shard).documentCount(), endMs));
      const answer: BranchAnswer = { partial, leaves };
      this.count(packAnswer(answer, partial));
      return answer;
    },
    askLeaf: (_leaf, question, errand) => {
      const { plan } = JSON.parse(question) as { plan: SearchPlan } & LeafQuestion;
      const { slots, shard } = JSON.parse(errand) as LeafErrand;
      const leaf = this.leaf(shard);
      const partial = leaf.search(plan, shard, 128 * 1024, slots);
      const answer: LeafAnswer = {
        ok: true,
        partial,
        sequence: 1,
        documents: leaf.documentCount(),
        rowsRead: 0,
      };
      const packed = packAnswer(answer, partial);
      // To the branch and on to the leaf, and back.
      for (let way = 0; way < 2; way++) this.count(question, errand, packed);
      return Promise.resolve(packAnswer(unpackAnswer(packed), partial));
    },
    cancelLeaf: () => Promise.resolve(),
  };

  private leaf(shard: number): SegmentIndex {
    const leaf = this.leaves[shard];
    if (leaf === undefined) throw new Error("there is no such leaf");
    return leaf;
  }
}

function filled(fields: Fields, documents: Documents): SegmentIndex {
  const leaf = new SegmentIndex(new MemoryRows());
  leaf.declare(fields);
  for (let first = 0; first < documents.length; first += 1_000) {
    leaf.batch(() => {
      for (const [index, value] of documents.slice(first, first + 1_000).entries())
        leaf.put({
          id: value.id,
          version: first + index + 1,
          json: JSON.stringify(value),
          value: { ...value },
        });
    });
    while (leaf.mergeDue()) leaf.mergeStep();
  }
  return leaf;
}

function reportOf(shard: number, documents: number, endMs: number): LeafReport {
  const figures = { documents, rowsRead: 0, rowsWritten: 0, startMs: 0, endMs };
  return { shard, replica: 0, attempts: [], ...figures };
}
