/** A collection in the layout `terms` as plain classes: document leaves, term leaves that follow them, and searches. No Worker anywhere. */
import type { Collection, Fields } from "../../../core/collection.ts";
import type { SearchPlan } from "../../../core/contracts/search.ts";
import type { TermPlan, TermPushAnswer, TermQuestion } from "../../../core/contracts/terms.ts";
import { evenSlotMap, slotOf } from "../../../core/slots.ts";
import { ownershipOf, termLanguageOf } from "../../../core/term-ownership.ts";
import { planSearch } from "../../../root-worker/query/plan.ts";
import { SearchRequest } from "../../../root-worker/query/request.ts";
import { SegmentIndex } from "../../../shard-workers/documents/segment-index.ts";
import { TermFeed, type TermFeedSource } from "../../../shard-workers/documents/term-feed/term-feed.ts";
import { partsOf } from "../../../shard-workers/terms/clause-parts.ts";
import type { ShipAnswer } from "../../../shard-workers/terms/gather-lists.ts";
import { searchAtHome, searchTerms, type HomeAnswer } from "../../../shard-workers/terms/search-terms.ts";
import { ship, type ShipRequest } from "../../../shard-workers/terms/ship.ts";
import { TermIndex } from "../../../shard-workers/terms/term-index.ts";
import { MemoryStore } from "../segment/memory-store.ts";
import type { AnyDocument } from "../search/shards.ts";

/** What went from leaf to leaf. */
export interface Traffic {
  leaves: Set<number>;
  bytes: number;
}

/** What becomes of a push: `deliver` brings it to its leaf; it may be called never, later, or more than once. */
export type Network = (deliver: () => TermPushAnswer) => Promise<TermPushAnswer>;

export interface TermShardsOptions {
  network?: Network;
  /** Characters of a piece of a copy, and of the entries in a message. */
  pieceCharacters?: number;
  now?: () => number;
}

export class TermShards {
  readonly collection: Collection;
  readonly documents: SegmentIndex[];
  readonly leaves: TermIndex[];
  readonly stores: MemoryStore[][];
  readonly feeds: TermFeed[];
  /** Characters of skeletons that were pushed. */
  pushed = 0;
  private version = 1;

  constructor(fields: Fields, shards: number, options: TermShardsOptions = {}) {
    const { network = async (deliver) => deliver(), pieceCharacters = 1_000_000, now = () => 0 } = options;
    this.collection = {
      name: "plain",
      id: "plain",
      epoch: 1,
      layout: "terms",
      shards,
      replicas: 1,
      fields,
      ...termLanguageOf({ layout: "terms", fields }),
      slots: evenSlotMap(shards),
      createdAt: "2026-01-01T00:00:00.000Z",
    };
    const each = Array.from({ length: shards }, (_, shard) => shard);
    this.documents = each.map(() => {
      const leaf = new SegmentIndex(new MemoryStore(), "none");
      leaf.declare(fields);
      return leaf;
    });
    this.stores = each.map(() => each.map(() => new MemoryStore()));
    this.leaves = each.map((leaf) => this.open(leaf));
    this.feeds = each.map((shard) => {
      const feed = new TermFeed({
        source: () => smallPieces(this.leaf(shard), pieceCharacters),
        push: async (leaf, message) => {
          const ref = { id: "plain", epoch: 1, replicas: 1 };
          const sent = structuredClone({ ...message, ref, leaf, shard });
          for (const { operations } of sent.entries)
            for (const operation of operations)
              if (operation.kind === "put") this.pushed += operation.json.length;
          return network(() => ({ ok: true, place: this.termLeaf(leaf).take(sent) }));
        },
        now,
        random: () => 0,
      });
      feed.declared(this.collection);
      return feed;
    });
  }

  /** The leaf as it is after its process has died. */
  reopen(leaf: number): void {
    this.leaves[leaf] = this.open(leaf);
  }

  private open(leaf: number): TermIndex {
    const { shards, fields } = this.collection;
    return new TermIndex(shards, fields, (shard) => this.stores[leaf]?.[shard] ?? new MemoryStore());
  }

  shardOf(id: string): number {
    return slotOf(id) % this.collection.shards;
  }

  put(documents: readonly AnyDocument[]): void {
    for (const [shard, own] of Map.groupBy(documents, ({ id }) => this.shardOf(id))) {
      const leaf = this.leaf(shard);
      leaf.keepLogAfter = this.feeds[shard]?.confirmed;
      leaf.batch(() => {
        for (const value of own)
          leaf.put({ id: value.id, version: this.version++, json: JSON.stringify(value), value });
      });
    }
  }

  delete(id: string): void {
    const shard = this.shardOf(id);
    const leaf = this.leaf(shard);
    leaf.keepLogAfter = this.feeds[shard]?.confirmed;
    leaf.batch(() => leaf.delete(id, this.version++));
  }

  /** Until every term leaf has everything. */
  async follow(): Promise<void> {
    await Promise.all(this.feeds.map((feed) => feed.ship()));
  }

  plan(request: unknown): SearchPlan {
    const planned = planSearch(SearchRequest.parse(request), this.collection, undefined);
    if (!planned.ok) throw new Error(planned.message);
    return planned.plan;
  }

  question(plan: TermPlan, wanted: "best" | "all" = "best"): TermQuestion {
    return {
      ref: { id: "plain", epoch: 1, replicas: 1 },
      ownership: ownershipOf(this.collection),
      plan,
      wanted,
    };
  }

  async search(
    question: TermQuestion,
    traffic?: Traffic,
    lost: readonly number[] = [],
  ): Promise<Extract<HomeAnswer, { ok: true }>> {
    const gone = { ok: false, code: "unavailable", message: "lost" } as const;
    const { answer, failed } = await searchTerms(question, {
      weigh: async (leaf) => {
        traffic?.leaves.add(leaf);
        if (lost.includes(leaf)) return gone;
        return { ok: true, postings: this.termLeaf(leaf).weigh(question.plan, leaf, question.ownership) };
      },
      rank: async (sent) => {
        traffic?.leaves.add(sent.home);
        if (lost.includes(sent.home)) return gone;
        const found = await searchAtHome(sent, {
          index: () => this.termLeaf(sent.home),
          ask: async (leaf, request, candidates) => {
            traffic?.leaves.add(leaf);
            if (lost.includes(leaf)) return gone;
            return this.ship(leaf, request, candidates, traffic);
          },
        });
        return { ok: true, ...found, reports: [] };
      },
    });
    if (!answer.ok) throw new Error(`${answer.code}: ${failed.map(({ leaf }) => leaf).join(", ")}`);
    return { ...answer, failed };
  }

  ship(leaf: number, request: ShipRequest, candidates?: Uint8Array[], traffic?: Traffic): ShipAnswer {
    const index = this.termLeaf(leaf);
    const shipped = ship(index.segments, request, candidates);
    if (traffic !== undefined) {
      traffic.bytes += shipped.lists.length;
      for (const set of candidates ?? []) traffic.bytes += set.length;
    }
    return { ok: true, ...shipped, sequences: index.sequences };
  }

  /** The posting lists of a query's words, whole, as they would be shipped. */
  listBytes(q: string): number {
    const { clauses, searched } = this.plan({ q });
    const parts = partsOf({ clauses }, ownershipOf(this.collection));
    let bytes = 0;
    for (const { clause, evaluators } of parts) {
      const whole = { plan: { clauses, searched }, musts: [], others: [], whole: [clause], phraseTerms: [] };
      for (const leaf of evaluators) {
        const answer = this.ship(leaf, whole);
        if (answer.ok) bytes += answer.lists.length;
      }
    }
    return bytes;
  }

  leaf(shard: number): SegmentIndex {
    const leaf = this.documents[shard];
    if (leaf === undefined) throw new Error(`there is no shard ${shard}`);
    return leaf;
  }

  termLeaf(leaf: number): TermIndex {
    const found = this.leaves[leaf];
    if (found === undefined) throw new Error(`there is no term leaf ${leaf}`);
    return found;
  }
}

function smallPieces(leaf: SegmentIndex, charactersMax: number): TermFeedSource {
  return {
    position: leaf.position,
    documentCount: () => leaf.documentCount(),
    entriesAfter: (sequence) => leaf.entriesAfter(sequence, charactersMax),
    page: (afterId) => leaf.page(afterId, charactersMax),
  };
}
