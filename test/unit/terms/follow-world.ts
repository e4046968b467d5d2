/** A collection in the layout `terms` whose pushes are lost, late, doubled, and met by deaths; what is to hold at every moment. */
import type { Fields } from "../../../core/collection.ts";
import type { TermPushAnswer } from "../../../core/contracts/terms.ts";
import { seededRandom } from "../../../core/seeded-random.ts";
import type { SegmentEngine } from "../../../shard-workers/segment/engine.ts";
import { Crash, MemoryStore } from "../segment/memory-store.ts";
import { Shards } from "../search/shards.ts";
import { TermShards, type Network } from "./term-shards.ts";

const FIELDS: Fields = { title: { type: "text" }, body: { type: "text", language: "english" } };
const WORDS = "alien ship moon crew planet star war love night house river stone".split(" ");
const LEAVES = 3;

/** What a shard held at each of its sequences: `id@version`, sorted. */
type History = Map<number, string[]>;

export class World {
  readonly reference = new Shards(FIELDS, 1, () => 0);
  readonly terms: TermShards;
  readonly seen = { copies: 0, deaths: 0, lost: 0, late: 0, doubled: 0 };
  /** What was found that must not be. */
  readonly faults: string[] = [];
  private readonly random: () => number;
  private readonly histories: History[] = [];
  private readonly held: (() => TermPushAnswer)[] = [];
  private calm = false;
  private time = 0;

  constructor(seed: number) {
    this.random = seededRandom(seed);
    const options = { network: this.network, pieceCharacters: 400, now: () => this.time };
    this.terms = new TermShards(FIELDS, LEAVES, options);
    for (let shard = 0; shard < LEAVES; shard++) this.histories.push(new Map());
    this.remember();
  }

  /** Writes something, lets pushes go their ways, and lets what may happen happen; then looks at every track. */
  async step(): Promise<void> {
    const ids = Array.from({ length: 1 + this.below(4) }, () => `d${this.below(40)}`);
    if (this.below(4) === 0) for (const id of ids) this.delete(id);
    else this.put(ids);
    this.remember();
    if (this.below(6) === 0) this.forgetLog(this.below(LEAVES));
    if (this.below(5) === 0) this.armCrash();
    this.time += 120_000;
    await this.terms.follow();
    if (this.held.length > 0 && this.below(2) === 0) {
      const [late] = this.held.splice(this.below(this.held.length), 1);
      this.deliver(late);
    }
    if (this.below(25) === 0) this.lose(this.below(LEAVES));
    this.check();
  }

  async settle(): Promise<void> {
    this.calm = true;
    this.restart();
    for (let round = 0; round < 5; round++) {
      this.time += 120_000;
      for (const feed of this.terms.feeds) await feed.ship(true);
    }
    for (const late of this.held.splice(0)) this.deliver(late);
    this.check();
    for (const [shard, { dueAt }] of this.terms.feeds.entries())
      if (dueAt !== undefined) this.faults.push(`shard ${shard} has not been followed to its end`);
  }

  private put(ids: readonly string[]): void {
    const documents = [...new Set(ids)].map((id) => ({ id, title: this.text(4), body: this.text(12) }));
    this.reference.put(documents);
    this.terms.put(documents);
  }

  private delete(id: string): void {
    this.reference.delete([id]);
    this.terms.delete(id);
  }

  private readonly network: Network = async (deliver) => {
    if (this.calm) return deliver();
    const fate = this.below(8);
    if (fate === 0) {
      this.seen.lost += 1;
      throw new Error("lost on the way there");
    }
    if (fate === 1) {
      this.held.push(deliver);
      this.seen.late += 1;
      throw new Error("late");
    }
    const answer = this.deliver(deliver);
    if (fate === 2) {
      this.seen.doubled += 1;
      return this.deliver(deliver);
    }
    if (fate === 3) throw new Error("lost on the way back");
    return answer;
  };

  /** A leaf whose process dies meanwhile is opened anew. */
  private deliver(deliver: (() => TermPushAnswer) | undefined): TermPushAnswer {
    try {
      return deliver?.() ?? { ok: false, code: "unavailable", message: "nothing" };
    } catch (error) {
      if (!(error instanceof Crash)) throw error;
      this.seen.deaths += 1;
      this.restart();
      return { ok: false, code: "unavailable", message: "died" };
    }
  }

  private restart(): void {
    for (const store of this.terms.stores.flat()) store.crashAtWrite(Infinity);
    for (let leaf = 0; leaf < LEAVES; leaf++) this.terms.reopen(leaf);
  }

  private armCrash(): void {
    this.terms.stores[this.below(LEAVES)]?.[this.below(LEAVES)]?.crashAtWrite(this.below(4));
  }

  /** The leaf's storage is gone. */
  private lose(leaf: number): void {
    this.terms.stores[leaf] = Array.from({ length: LEAVES }, () => new MemoryStore());
    this.terms.reopen(leaf);
  }

  /** The shard's log is cut off: whoever is behind has to copy. */
  private forgetLog(shard: number): void {
    const index = this.terms.leaf(shard);
    const engine = Reflect.get(index, "engine") as SegmentEngine<unknown>;
    engine.keepLogAfter = undefined;
    engine.batch(() => engine.flush());
  }

  private remember(): void {
    for (let shard = 0; shard < LEAVES; shard++) {
      const index = this.terms.leaf(shard);
      this.histories[shard]?.set(index.position.sequence, contentOf(index.page("", Infinity).documents));
    }
  }

  /** A track that serves is exactly its shard, as that was at the track's sequence. */
  private check(): void {
    for (const { tracks } of this.terms.leaves) {
      for (const [shard, { serves, place, engine }] of tracks.entries()) {
        if (!serves) {
          this.seen.copies += 1;
          continue;
        }
        const there = contentOf([...engine.documentsAfter("")]);
        const { sequence } = place.position;
        const then = this.histories[shard]?.get(sequence);
        if (there.join() !== then?.join())
          this.faults.push(`shard ${shard} at ${sequence}: ${then?.join()}, but ${there.join()}`);
      }
    }
  }

  private text(words: number): string {
    return Array.from({ length: 1 + this.below(words) }, () => WORDS[this.below(WORDS.length)]).join(" ");
  }

  private below(limit: number): number {
    return Math.floor(this.random() * limit);
  }
}

function contentOf(documents: readonly { id: string; version: number }[]): string[] {
  return documents.map(({ id, version }) => `${id}@${version}`).toSorted();
}
