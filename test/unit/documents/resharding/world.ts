/**
 * A collection that is resharded while it is read and written, in virtual time: leaves, the Catalog, a coordinator and roots, whose messages
 * are late or lost, and which die. Every read is checked against what it may see.
 */
/* oxlint-disable vitest/no-standalone-expect -- all of this is called by tests */
import { expect } from "vitest";
import { generationOf, refOf, type Collection } from "../../../../core/collection.ts";
import type { Purge } from "../../../../core/contracts/catalog.ts";
import {
  isOver,
  type Reshard,
  type ReshardCommand,
  type ReshardReport,
  type Resharding,
} from "../../../../core/contracts/resharding.ts";
import { shardOf } from "../../../../core/document/route.ts";
import { failure, type Result } from "../../../../core/errors.ts";
import {
  beginReshard,
  commandReshard,
  reportReshard,
  type Changed,
} from "../../../../shard-workers/catalog/reshard.ts";
import { ReshardDriver, type ReshardLeaves } from "../../../../shard-workers/documents/resharding/driver.ts";
import { Register } from "../../../support/register.ts";
import { collectionOf } from "../../collection-of.ts";
import { Network, seeded } from "../replication/network.ts";
import { ModelLeaf } from "./model-leaf.ts";

const TIMEOUT_MS = 200;
/** A client gives up after this time: by then what it asked has been done, or never will be. */
const CLIENT_TIMEOUT_MS = 3_000;
const ATTEMPTS_MAX = 40;
const IDS = 120;

/** The Catalog, with the transitions that it has. */
class ModelCatalog {
  collection: Collection;
  reshard: Reshard | undefined;
  purges: Purge[] = [];
  /** Called before a report takes effect, and after. */
  onReport: (report: ReshardReport, when: "before" | "after") => void = () => undefined;

  constructor(shards: number) {
    this.collection = collectionOf({ shards, fields: { body: { type: "text" } } });
  }

  change(command: ReshardCommand): Result<object> {
    const { collection, reshard } = this;
    const now = new Date(0);
    const changed =
      command.kind === "begin"
        ? beginReshard(collection, reshard, command.shards, now)
        : commandReshard({ collection, reshard: this.needed }, command);
    if (changed.ok) this.adopt(changed);
    return changed;
  }

  report(report: ReshardReport): Resharding {
    this.onReport(report, "before");
    const changed = reportReshard({ collection: this.collection, reshard: this.needed }, report, new Date(0));
    if (changed !== undefined) this.adopt(changed);
    this.onReport(report, "after");
    return { collection: this.collection, reshard: this.needed };
  }

  get needed(): Reshard {
    if (this.reshard === undefined) throw new Error("nothing is resharded");
    return this.reshard;
  }

  private adopt({ collection, reshard, purge }: Changed): void {
    this.collection = collection;
    this.reshard = reshard;
    if (purge !== undefined) this.purges = [...this.purges.filter(({ key }) => key !== purge.key), purge];
  }
}

export class World {
  readonly random: () => number;
  readonly network: Network;
  readonly catalog: ModelCatalog;
  readonly register = new Register();
  flushShare = 0.02;
  /** Parts that were begun anew, and reads and writes that were answered. */
  resets = 0;
  reads = 0;
  writes = 0;
  private readonly leaves = new Map<string, ModelLeaf>();
  /** What roots believe; each has heard of it at another time. */
  private readonly roots: Collection[];
  /** Under way: a document has one writer at a time. */
  private readonly writing = new Set<string>();
  private readonly versions = new Map<string, number>();
  private nextValue = 0;
  private coordinator = 0;
  private pending = 0;
  private readonly errors: Error[] = [];

  constructor(shards: number, seed: number) {
    this.random = seeded(seed);
    this.network = new Network(this.random);
    this.catalog = new ModelCatalog(shards);
    this.roots = Array.from({ length: 3 }, () => this.catalog.collection);
  }

  /** Clocks of leaves are apart: one may give versions that are below another's. */
  get versionMin(): number {
    return Math.floor(this.network.nowMs + this.random() * 1_000);
  }

  leaf(shard: number, generation: number): ModelLeaf {
    const key = `${shard}/${generation}`;
    let leaf = this.leaves.get(key);
    if (leaf === undefined) {
      leaf = new ModelLeaf(this, { collectionId: this.catalog.collection.id, shard, replica: 0, generation });
      this.leaves.set(key, leaf);
    }
    return leaf;
  }

  get all(): MapIterator<ModelLeaf> {
    return this.leaves.values();
  }

  get someLeaf(): ModelLeaf | undefined {
    const all = [...this.leaves.values()];
    return all[this.upTo(all.length - 1)];
  }

  upTo(max: number): number {
    return Math.floor(this.random() * (max + 1));
  }

  async call<T>(handler: () => Promise<T> | T, caller: () => boolean = () => true): Promise<T> {
    return this.network.call(async () => handler(), caller, TIMEOUT_MS);
  }

  async sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.network.at(this.network.nowMs + ms, resolve);
    });
  }

  /** A new coordinator takes the place of the one before, which is dead. */
  startCoordinator(): void {
    const mine = (this.coordinator += 1);
    void this.coordinate(mine);
  }

  private async coordinate(mine: number): Promise<void> {
    const isAlive = () => this.coordinator === mine;
    const driver = new ReshardDriver({
      collectionId: this.catalog.collection.id,
      catalog: {
        getReshardById: async () =>
          this.call(() => ({ collection: this.catalog.collection, reshard: this.catalog.needed }), isAlive),
        reportReshard: async (_, report) => this.call(() => this.catalog.report(report), isAlive),
        listPurges: async () => this.call(() => this.catalog.purges, isAlive),
        confirmPurge: async (key) =>
          this.call(() => {
            this.catalog.purges = this.catalog.purges.filter((purge) => purge.key !== key);
          }, isAlive),
      },
      leaves: this.leavesFor(isAlive),
      now: () => this.network.nowMs,
      sleep: async (ms) => this.sleep(ms),
      log: () => undefined,
    });
    while (isAlive()) {
      const waitMs = await driver.run(300).catch(() => 50);
      await this.sleep(waitMs ?? 100);
    }
  }

  private leavesFor(isAlive: () => boolean): ReshardLeaves {
    const attempt = async <T>(handler: () => Promise<Result<T>>): Promise<Result<T>> => {
      const late = this.sleep(5 * TIMEOUT_MS).then(() => failure("deadline-exceeded", "late"));
      return Promise.race([
        late,
        this.call(handler, isAlive).catch(() => failure("unavailable", "no answer")),
      ]);
    };
    return {
      moveIn: async (ref, { source, target }) =>
        attempt(async () => this.leaf(target, generationOf(ref)).moveIn(ref, source)),
      fence: async (ref, shard) => attempt(async () => this.leaf(shard, generationOf(ref)).fence(ref)),
      purge: async (purge) =>
        attempt(async () => {
          for (let shard = 0; shard < purge.shards; shard++)
            await this.leaf(shard, generationOf(purge)).purge();
          return { ok: true };
        }),
    };
  }

  /** Writes, or deletes, a document that nobody else writes now. */
  async write(): Promise<void> {
    const id = `d${this.upTo(IDS)}`;
    if (this.writing.has(id)) return;
    this.writing.add(id);
    const value = this.random() < 0.2 ? null : (this.nextValue += 1);
    const end = this.register.begin(id, value);
    const answer = await this.asRoot(id, async (leaf, ref) => leaf.write(ref, id, value));
    end(answer?.ok === true);
    this.writing.delete(id);
    if (answer?.ok !== true) return;
    this.writes += 1;
    if (answer.version === undefined) return;
    expect(answer.version).toBeGreaterThan(this.versions.get(id) ?? 0);
    this.versions.set(id, answer.version);
  }

  async read(): Promise<void> {
    const id = `d${this.upTo(IDS)}`;
    const began = this.register.now();
    const answer = await this.asRoot(id, async (leaf, ref) => leaf.read(ref, id));
    if (answer?.ok !== true) return;
    this.reads += 1;
    this.check(id, answer.documents[0]?.json, began);
  }

  /** Reads all leaves of one epoch, as a search does. */
  async scan(): Promise<void> {
    const began = this.register.now();
    const documents = await this.scanAs(this.upTo(this.roots.length - 1));
    if (documents === undefined) return;
    this.reads += 1;
    const found = new Map(documents.map(({ id, json }) => [id, json]));
    expect(found.size).toBe(documents.length);
    for (const id of this.register.ids) this.check(id, found.get(id), began);
  }

  private async scanAs(root: number) {
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      const collection = this.roots[root] ?? this.catalog.collection;
      const answers = await Promise.all(
        Array.from({ length: collection.shards }, (_, shard) => this.ask(collection, shard, readAll)),
      );
      if (answers.every((answer) => answer?.ok === true))
        return answers.flatMap((answer) => answer.documents);
      this.roots[root] = this.catalog.collection;
      await this.sleep(this.upTo(10));
    }
    return undefined;
  }

  private check(id: string, json: string | undefined, began: number): void {
    const value = json === undefined ? null : (JSON.parse(json) as { value: number }).value;
    expect(this.register.allowed(id, began, this.register.now()), id).toContain(value);
  }

  /** As a root does it: by what it believes, and again when that is refused. Undefined: nobody knows what has become of it. */
  private async asRoot<T>(
    id: string,
    ask: (leaf: ModelLeaf, ref: ReturnType<typeof refOf>) => Promise<Result<T>>,
  ): Promise<Result<T> | undefined> {
    const root = this.upTo(this.roots.length - 1);
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      const collection = this.roots[root] ?? this.catalog.collection;
      const answer = await this.ask(collection, shardOf(collection, id), ask);
      if (answer === undefined || answer.ok) return answer;
      this.roots[root] = this.catalog.collection;
      await this.sleep(this.upTo(10));
    }
    return undefined;
  }

  private async ask<T>(
    collection: Collection,
    shard: number,
    ask: (leaf: ModelLeaf, ref: ReturnType<typeof refOf>) => Promise<Result<T>>,
  ): Promise<Result<T> | undefined> {
    const leaf = this.leaf(shard, generationOf(collection));
    const late = this.sleep(CLIENT_TIMEOUT_MS).then(() => undefined);
    return Promise.race([
      late,
      this.call(async () => ask(leaf, refOf(collection))).catch(async () => {
        // What is lost on its way may have been done; nothing of it is done later than this.
        await this.sleep(CLIENT_TIMEOUT_MS);
        return undefined;
      }),
    ]);
  }

  /** Lets something go on beside everything else; what it throws comes to light when all is settled. */
  beside(work: Promise<void>): void {
    this.pending += 1;
    work
      .catch((error: unknown) => this.errors.push(error instanceof Error ? error : new Error(String(error))))
      .finally(() => {
        this.pending -= 1;
      });
  }

  /** Lets time pass until the resharding is over. */
  async settle(): Promise<void> {
    for (let step = 0; step < 2_000; step++) {
      const [error] = this.errors;
      if (error !== undefined) throw error;
      if (isOver(this.catalog.needed) && this.pending === 0) return;
      if (this.catalog.needed.paused) this.catalog.change({ kind: "resume" });
      await this.network.pass(100);
    }
    throw new Error(`not settled: ${JSON.stringify(this.catalog.needed)}`);
  }

  /** Each leaf that serves has what is its own, all together what was written; no other leaf has anything. */
  async expectWhole(): Promise<void> {
    const { collection } = this.catalog;
    const began = this.register.now();
    const found = new Map<string, string>();
    for (const leaf of this.leaves.values()) {
      const { shard, generation } = leaf.place;
      if (generation !== generationOf(collection)) {
        expect(leaf.disk.rows.size, `${shard}/${generation}`).toBe(0);
        continue;
      }
      for (const [id, { json }] of leaf.content) {
        expect(shardOf(collection, id)).toBe(shard);
        expect(found.has(id)).toBe(false);
        found.set(id, json);
      }
      // The record of events' writes has come along.
      for (const [id, order] of leaf.lastEvents) {
        if (shardOf(collection, id) === shard)
          expect(Number(order)).toBeGreaterThanOrEqual(this.versions.get(id) ?? 0);
      }
      for (const id of this.versions.keys())
        if (shardOf(collection, id) === shard) expect(leaf.lastEvents.has(id)).toBe(true);
    }
    for (const id of this.register.ids) this.check(id, found.get(id), began);
  }
}

async function readAll(leaf: ModelLeaf, ref: ReturnType<typeof refOf>) {
  return leaf.read(ref);
}
