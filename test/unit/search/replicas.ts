/** Leaves that all have everything, as plain classes: the root's ranges, and leaves whose rows are in memory. No Worker anywhere. */
import type { Collection, Fields } from "../../../core/collection.ts";
import type { LeafAnswer, SearchPlan } from "../../../core/contracts/search.ts";
import type { LeafScatterAnswer, ScatterErrand, ScatterPlan } from "../../../core/contracts/scatter.ts";
import { failure } from "../../../core/errors.ts";
import type { MapReduce } from "../../../core/map-reduce/partials.ts";
import { WorkPace } from "../../../core/scatter/work-pace.ts";
import { packAnswer, type LeafErrand, type LeafQuestion } from "../../../core/search-wire.ts";
import { SLOT_COUNT } from "../../../core/slots.ts";
import type { Gathered } from "../../../root-worker/query/gather.ts";
import type { RangeCallsSetting } from "../../../root-worker/query/range-calls.ts";
import { scatterRanges, type Scattered } from "../../../root-worker/query/scatter-replicas.ts";
import { Deadline } from "../../../root-worker/query/scatter.ts";
import { searchInRanges } from "../../../root-worker/query/search-ranges.ts";
import { beginScatter, mapScan } from "../../../shard-workers/documents/leaf-scatter.ts";
import { SegmentIndex } from "../../../shard-workers/documents/segment-index.ts";
import type { SegmentEngine } from "../../../shard-workers/segment/engine.ts";
import { MemoryStore } from "../segment/memory-store.ts";
import type { AnyDocument } from "./shards.ts";

type Change = { put: AnyDocument } | { delete: string };

export class Replicas {
  readonly collection: Collection;
  readonly leaves: SegmentIndex[];
  readonly pace = new WorkPace();
  /** Of which leaf which ranges were asked. */
  readonly asked: { replica: number; from: number; to: number }[] = [];
  private version = 1;

  constructor(fields: Fields, leaves: number) {
    this.collection = {
      name: "plain",
      id: "plain",
      epoch: 1,
      layout: "replicas",
      shards: 1,
      replicas: leaves,
      fields,
      slots: [{ from: 0, shard: 0 }],
      createdAt: "2026-01-01T00:00:00.000Z",
    };
    this.leaves = Array.from({ length: leaves }, () => {
      const leaf = new SegmentIndex(new MemoryStore());
      leaf.declare(fields);
      return leaf;
    });
  }

  /** Writes a batch everywhere, or only there: the others are then behind. */
  write(changes: readonly Change[], replicas = this.leaves): void {
    const first = this.version;
    for (const leaf of replicas) {
      this.version = first;
      leaf.batch(() => {
        for (const change of changes) {
          if ("delete" in change) leaf.delete(change.delete, this.version++);
          else {
            const { put: value } = change;
            leaf.put({ id: value.id, version: this.version++, json: JSON.stringify(value), value });
          }
        }
      });
    }
  }

  /** A leaf gets what the others have had last. */
  catchUp(leaf: SegmentIndex, changes: readonly Change[]): void {
    this.version -= changes.length;
    this.write(changes, [leaf]);
  }

  /** Each leaf has segments of its own: it flushes and merges when it happens to. */
  flush(leaf: SegmentIndex): void {
    // Only tests don't have the tens of thousands of words that make a leaf flush.
    const engine = Reflect.get(leaf, "engine") as SegmentEngine<unknown>;
    engine.batch(() => engine.flush());
    if (leaf.mergeDue()) leaf.mergeStep();
  }

  /** `ranges`: about how many. */
  search(plan: SearchPlan, ranges: number, during?: (replica: number) => void): Promise<Gathered> {
    return searchInRanges(plan, {
      branches: {
        askLeaf: async ({ replica }, question, errand) => {
          during?.(replica);
          return this.answer(replica, question, errand);
        },
        cancelLeaf: () => Promise.resolve(),
      },
      collection: this.collection,
      pace: this.pace,
      division: {
        lanes: this.collection.replicas,
        slotsMin: Math.ceil(SLOT_COUNT / ranges),
        msASlot: 1e-3,
      },
      firstWave: new Deadline(30_000),
      deadline: new Deadline(30_000),
      likelyMs: 4,
      waitUntil: () => {},
    });
  }

  /** `division`, `during`, as for searches; `run`: the function. `failing`: leaves that fail. */
  scatter(
    plan: ScatterPlan,
    run: MapReduce,
    division: RangeCallsSetting["division"],
    { failing = new Set(), during }: { failing?: Set<number>; during?: (replica: number) => void } = {},
  ): Promise<Scattered> {
    return scatterRanges(plan, {
      branches: {
        scatterLeaf: async ({ replica }, _ref, asked, errand) => {
          during?.(replica);
          if (failing.has(replica)) return failure("unavailable", "The leaf is dead.");
          return this.map(replica, asked, errand, run);
        },
        cancelLeaf: () => Promise.resolve(),
      },
      collection: this.collection,
      pace: this.pace,
      division,
      deadline: new Deadline(30_000),
      waitUntil: () => {},
    });
  }

  private async map(
    replica: number,
    plan: ScatterPlan,
    { slots, minSequence = 0 }: ScatterErrand,
    run: MapReduce,
  ): Promise<LeafScatterAnswer> {
    const leaf = this.leaves[replica];
    if (leaf === undefined) throw new Error("there is no such leaf");
    if (slots !== undefined) this.asked.push({ replica, ...slots });
    if (leaf.position.sequence < minSequence) return failure("replica-behind", "It is behind.");
    const begun = { ...beginScatter(leaf, plan, slots), documents: leaf.documentCount(), rowsRead: 0 };
    return mapScan(begun, run, (read) => ({ ok: true, ...read(), rowsRead: 1 }));
  }

  private answer(replica: number, question: string, errand: string) {
    const { plan } = JSON.parse(question) as LeafQuestion;
    const { slots, shard, minSequence = 0 } = JSON.parse(errand) as LeafErrand;
    const leaf = this.leaves[replica];
    if (leaf === undefined) throw new Error("there is no such leaf");
    if (slots !== undefined) this.asked.push({ replica, ...slots });
    const { sequence } = leaf.position;
    if (sequence < minSequence) {
      return packAnswer<LeafAnswer>(
        { ok: false, code: "replica-behind", message: "It is behind." },
        undefined,
      );
    }
    const partial = leaf.search(plan, shard, 4_096, slots);
    return packAnswer<LeafAnswer>(
      { ok: true, partial, sequence, documents: leaf.documentCount(), rowsRead: 0 },
      partial,
    );
  }
}
