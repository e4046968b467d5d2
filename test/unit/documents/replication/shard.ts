/** A shard of several nodes, and beside it what it ought to hold at each sequence. */
/* oxlint-disable vitest/no-standalone-expect -- all of this is called by tests */
import { expect } from "vitest";
import { LOG_START } from "../../../../core/contracts/replication.ts";
import type { StoredDocument } from "../../../../core/contracts/documents.ts";
import { failure } from "../../../../core/errors.ts";
import { logKey } from "../../../../shard-workers/segment/store.ts";
import { Crash } from "../../segment/memory-store.ts";
import { Network, seeded } from "./network.ts";
import { Node } from "./node.ts";

type Content = Map<string, StoredDocument>;

const IDS = 250;

export class Shard {
  readonly random: () => number;
  readonly network: Network;
  readonly nodes: Node[] = [];
  /** What a read with a bookmark must see: documents of writes that were answered. */
  private readonly written: { sequence: number; id: string; version: number }[] = [];
  /** Writes that were answered. */
  answered = 0;
  private states: Content[] = [new Map()];
  private version = 1_700_000_000_000 * 1024;

  constructor(replicas: number, seed: number) {
    this.random = seeded(seed);
    this.network = new Network(this.random);
    for (let replica = 0; replica < replicas; replica++) {
      this.nodes.push(new Node(this.nodes, this.network, this.random));
    }
    // The primary hears of its replicas.
    this.primary.alarmAt = 0;
  }

  get primary(): Node {
    return this.node(0);
  }

  /** The sequence of what ought to be there. */
  get sequence(): number {
    return this.states.length - 1;
  }

  node(replica: number): Node {
    const node = this.nodes[replica];
    if (node === undefined) throw new Error(`there is no replica ${replica}`);
    return node;
  }

  upTo(max: number): number {
    return Math.floor(this.random() * (max + 1));
  }

  /**
   * Writes some documents in one batch. The primary may die at any write of it: then what became of it is on the disk alone, and
   * nobody was answered.
   */
  write(operationsMax: number, flush = this.random() < 0.01): void {
    const next = new Map(this.states.at(-1));
    const changed: StoredDocument[] = [];
    const { primary } = this;
    try {
      const { index, replication } = primary.instance;
      void replication.beforeWrite();
      index.batch(() => {
        for (let operation = this.upTo(operationsMax - 1); operation >= 0; operation--) {
          const id = `d${this.upTo(IDS)}`;
          const version = ++this.version;
          if (this.random() < 0.2) {
            index.delete(id, version);
            next.delete(id);
            continue;
          }
          const value = { id, body: `word${this.upTo(9)} common`, n: version % 7 };
          const document = { id, version, json: JSON.stringify(value) };
          index.put({ ...document, value });
          next.set(id, document);
          changed.push(document);
          // Also in the middle of a batch, as a live segment that is full does.
          if (flush && this.random() < 0.5) index.engine.flush();
        }
        if (flush) index.engine.flush();
      });
      this.take(index.position.sequence, next);
      this.answered += 1;
      for (const { id, version } of changed) {
        this.written.push({ sequence: index.position.sequence, id, version });
      }
      replication.ship();
    } catch (error) {
      if (!(error instanceof Crash)) throw error;
      // Not answered. The model follows what is durable.
      this.take(primary.instance.index.position.sequence, next);
    }
  }

  private take(sequence: number, next: Content): void {
    if (sequence === this.sequence) return;
    expect(sequence).toBe(this.sequence + 1);
    this.states.push(next);
  }

  /** A replica that serves holds exactly what there was at its sequence. */
  check(replica: number): void {
    const node = this.node(replica);
    // Looking is no write of the scenario's: opening an empty disk must not be where it dies.
    node.disk.crashAtWrite(Infinity);
    if (node.instance.replication.condition !== "serving") return;
    const { sequence } = node.instance.index.position;
    expect(sequence).toBeLessThanOrEqual(this.sequence);
    const content = node.content();
    if (content !== undefined) expect(content).toEqual(this.states[sequence]);
  }

  /** Reads with the bookmark of an answered write, which must be seen or not be answered at all. */
  async readOwnWrite(replica: number): Promise<"read" | "refused"> {
    const written = this.written.at(-1 - this.upTo(20));
    if (written === undefined) return "refused";
    const { instance } = this.node(replica);
    const behind = await instance.replication.reach(written.sequence).catch((error: unknown) => {
      if (error instanceof Crash) return failure("replica-behind", "It has died.");
      throw error;
    });
    if (behind !== undefined) {
      expect(replica).not.toBe(0);
      expect(["replica-behind", "corrupt"]).toContain(behind.code);
      return "refused";
    }
    if (this.node(replica).instance !== instance) return "refused";
    const { index } = instance;
    expect(index.position.sequence).toBeGreaterThanOrEqual(written.sequence);
    const expected = this.states[index.position.sequence]?.get(written.id);
    const found = this.node(replica).read((engine) => ({ document: engine.get(written.id) }));
    if (found === undefined) return "refused";
    expect(found.document).toEqual(expected);
    // Unless it was deleted since, it is that version or a later one.
    if (expected !== undefined) expect(expected.version).toBeGreaterThanOrEqual(written.version);
    return "read";
  }

  /** A byte of one of its rows is another. */
  damage(replica: number): void {
    const node = this.node(replica);
    const keys = [...node.disk.rows.keys()];
    const key = keys[this.upTo(keys.length - 1)];
    const bytes = key === undefined ? undefined : node.disk.rows.get(key);
    if (bytes === undefined) return;
    const at = this.upTo(bytes.length - 1);
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    node.kill();
  }

  loseDisk(replica: number): void {
    const node = this.node(replica);
    node.disk.rows.clear();
    node.kill();
  }

  /** The rows that a node's log has. */
  logRows(replica: number): number {
    return [...this.node(replica).disk.rows.keys()].filter((key) => key >= logKey(0)).length;
  }

  /** The primary's disk and what ought to be on it, for `goBackTo`. */
  remember(): { rows: Map<number, Uint8Array>; states: Content[] } {
    return { rows: new Map(this.primary.disk.rows), states: [...this.states] };
  }

  /** As a restore from a backup does it. */
  goBackTo({ rows, states }: ReturnType<Shard["remember"]>): void {
    const { disk } = this.primary;
    disk.rows.clear();
    for (const [key, bytes] of rows) disk.rows.set(key, bytes);
    this.states = [...states];
    this.primary.alarmAt = this.network.nowMs;
    this.primary.kill();
  }

  /** Time passes; alarms come. */
  async pass(ms: number): Promise<void> {
    await this.network.pass(ms);
    for (const node of this.nodes) await node.ringIfDue();
  }

  /** Whether all replicas are where the primary is. */
  get current(): boolean {
    const { position } = this.primary.instance.index;
    return this.nodes.every(
      ({ instance }) =>
        instance.replication.condition === "serving" &&
        instance.index.position.sequence === position.sequence &&
        instance.index.position.clock === position.clock,
    );
  }

  /** Lets alarms and messages come until all replicas are current, and whole when they are read. */
  async settle(): Promise<void> {
    for (let seconds = 0; seconds < 600; seconds++) {
      if (this.current && this.nodes.every((node) => node.content() !== undefined)) return;
      await this.pass(1_000);
    }
    throw new Error(
      `not settled: ${JSON.stringify(this.nodes.map(({ instance }) => instance.replication.condition))}`,
    );
  }

  /** The primary and every replica have the same documents and position, and every answered write is among them. */
  expectSame(): void {
    expect(this.sequence).toBeGreaterThan(LOG_START.sequence);
    const expected = this.states.at(-1);
    for (const node of this.nodes) {
      expect(node.instance.index.position).toEqual(this.primary.instance.index.position);
      expect(node.instance.index.position.sequence).toBe(this.sequence);
      expect(node.content()).toEqual(expected);
    }
  }
}
