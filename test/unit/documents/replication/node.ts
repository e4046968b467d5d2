/**
 * A replica of a shard without a Worker: its disk and its alarm outlive its instance, which can die at any write. What runs in
 * it is what runs in a leaf: the index engine with its log, and both sides of replication.
 */
import type { Collection } from "../../../../core/collection.ts";
import type { Position } from "../../../../core/contracts/replication.ts";
import type { StoredDocument } from "../../../../core/contracts/documents.ts";
import type { JsonObject } from "../../../../core/document/values.ts";
import { failure, type Result } from "../../../../core/errors.ts";
import { Alarm } from "../../../../shard-workers/leaf/alarm.ts";
import {
  LeafReplication,
  type ReplicatedIndex,
  type ReplicatedLeaf,
} from "../../../../shard-workers/documents/replication/leaf-replication.ts";
import type {
  PullAnswer,
  PullRequest,
  Push,
  PushAnswer,
} from "../../../../shard-workers/documents/replication/messages.ts";
import { inSlots } from "../../../../shard-workers/documents/resharding/document-slots.ts";
import { BlobCache } from "../../../../shard-workers/segment/cache.ts";
import { SegmentEngine } from "../../../../shard-workers/segment/engine.ts";
import { beginCopy, isUntouched } from "../../../../shard-workers/segment/manifest.ts";
import { CorruptError } from "../../../../shard-workers/segment/store.ts";
import { collectionOf } from "../../collection-of.ts";
import { Crash, MemoryStore } from "../../segment/memory-store.ts";
import { plainColumns, type PlainColumns } from "../../segment/plain-columns.ts";
import type { Network } from "./network.ts";

const TIMEOUT_MS = 200;
/** So small that copies take many pieces. */
const PAGE_CHARACTERS = 1_200;
const CACHE = new BlobCache(4 * 1024 * 1024);

/** An engine as replication sees an index. */
export class NodeIndex implements ReplicatedIndex {
  readonly engine: SegmentEngine<PlainColumns>;

  constructor(store: MemoryStore) {
    this.engine = new SegmentEngine(store, plainColumns, CACHE);
  }

  get position(): Position {
    return this.engine.batches.position;
  }
  get copiedTo(): string | undefined {
    return this.engine.copiedTo;
  }
  get keepLogAfter(): number | undefined {
    return this.engine.keepLogAfter;
  }
  set keepLogAfter(sequence: number | undefined) {
    this.engine.keepLogAfter = sequence;
  }
  batch<T>(run: () => T, position?: Position): T {
    return this.engine.batch(run, position);
  }
  copy(run: () => void, position: Position, copiedTo: string | undefined): void {
    this.engine.copy(run, position, copiedTo);
  }
  put(document: StoredDocument & { value: JsonObject }): void {
    this.engine.put(document);
  }
  delete(id: string, version: number): void {
    this.engine.delete(id, version);
  }
  entriesAfter(sequence: number): ReturnType<ReplicatedIndex["entriesAfter"]> {
    return this.engine.batches.entriesAfter(sequence, PAGE_CHARACTERS);
  }
  documentCount(): number {
    return this.engine.documentCount();
  }
  page(
    afterId: string,
    _charactersMax?: number,
    slots?: Uint8Array,
  ): { documents: StoredDocument[]; done: boolean } {
    const documents: StoredDocument[] = [];
    let characters = 0;
    for (const document of this.engine.documentsAfter(afterId, slots && inSlots<PlainColumns>(slots))) {
      characters += document.json.length;
      if (documents.length > 0 && characters > PAGE_CHARACTERS) return { documents, done: false };
      documents.push(document);
    }
    return { documents, done: true };
  }
}

/** What a replica runs until it dies. */
class Instance implements ReplicatedLeaf {
  readonly shard = 0;
  readonly replica: number;
  readonly collection: Collection;
  readonly alarm: Alarm;
  readonly replication: LeafReplication;
  private readonly node: Node;
  private opened: NodeIndex | undefined;

  constructor(node: Node) {
    this.node = node;
    this.replica = node.replica;
    this.collection = collectionOf({ shards: 1, replicas: node.nodes.length });
    this.alarm = new Alarm(
      {
        async setAlarm(at) {
          node.alarmAt = Number(at);
        },
      },
      { rows() {} },
    );
    this.replication = new LeafReplication({
      leaf: this,
      transport: {
        push: async (replica, message) => node.call(this, replica, (other) => other.receive(message)),
        pull: async (request) => node.call(this, 0, (other) => other.feed(request)),
      },
      terms: { push: async () => failure("unavailable", "There are no term leaves.") },
      alarm: this.alarm,
      now: () => node.network.nowMs,
      random: node.random,
    });
    this.replication.declared(this.collection);
  }

  get index(): NodeIndex {
    if (this.opened !== undefined) return this.opened;
    const { disk, replica } = this.node;
    if (replica > 0 && isUntouched(disk)) beginCopy(disk);
    const index = new NodeIndex(disk);
    index.keepLogAfter = this.replication.keepLogAfter;
    index.engine.declare({ body: { type: "text" } });
    this.opened = index;
    return index;
  }

  reset(): void {
    this.node.copies += 1;
    beginCopy(this.node.disk);
    this.opened = undefined;
  }

  changed(): void {
    if (this.index.copiedTo === undefined) this.node.applied += 1;
    if (this.node.random() < 0.02) this.index.engine.mergeStep();
  }
}

/** A disk at one of whose writes the process may die. */
export class Disk extends MemoryStore {
  private readonly died: () => void;

  constructor(died: () => void) {
    super();
    this.died = died;
  }

  override transaction<T>(run: () => T): T {
    try {
      return super.transaction(run);
    } catch (error) {
      if (error instanceof Crash) this.died();
      throw error;
    }
  }
}

export class Node {
  readonly replica: number;
  readonly nodes: Node[];
  readonly network: Network;
  readonly random: () => number;
  readonly disk: MemoryStore;
  alarmAt: number | undefined;
  /** Nobody reaches it, and it reaches nobody. */
  down = false;
  kills = 0;
  /** Copies that were begun, and entries that were applied one by one. */
  copies = 0;
  applied = 0;
  private current: Instance | undefined;

  constructor(nodes: Node[], network: Network, random: () => number) {
    this.nodes = nodes;
    this.replica = nodes.length;
    this.disk = new Disk(() => this.kill());
    this.network = network;
    this.random = random;
  }

  get instance(): Instance {
    this.current ??= new Instance(this);
    return this.current;
  }

  /** The instance is gone, with everything that is not on the disk. */
  kill(): void {
    this.kills += 1;
    this.current?.replication.stop();
    this.current = undefined;
    this.disk.crashAtWrite(Infinity);
  }

  async receive(message: Push): Promise<PushAnswer> {
    const answer = this.instance.replication.receive(message);
    return "ok" in answer ? answer : { ok: true, ...answer };
  }

  async feed(request: PullRequest): Promise<PullAnswer> {
    const pulled = this.instance.replication.feed(request);
    return "ok" in pulled ? pulled : { ok: true, pulled };
  }

  /** The alarm comes when it is due, also to an instance that has yet to start. */
  async ringIfDue(): Promise<void> {
    if (this.alarmAt === undefined || this.alarmAt > this.network.nowMs || this.down) return;
    this.alarmAt = undefined;
    const { alarm, replication } = this.instance;
    alarm.rang();
    await replication.rang();
  }

  async call<T>(from: Instance, to: number, ask: (node: Node) => Promise<Result<T>>): Promise<Result<T>> {
    const target = this.nodes[to];
    if (target === undefined) throw new Error("there is no such node");
    return this.network.call(
      async () => {
        if (target.down || this.down) throw new Error("one of them is down");
        return ask(target);
      },
      () => this.current === from,
      TIMEOUT_MS,
    );
  }

  /** Reads, as a request does: what is damaged is found, and answered with undefined. */
  read<T>(run: (engine: SegmentEngine<PlainColumns>) => T): T | undefined {
    const { instance } = this;
    try {
      return run(instance.index.engine);
    } catch (error) {
      if (!(error instanceof CorruptError)) throw error;
      instance.replication.foundDamage();
      return undefined;
    }
  }

  /** Everything it holds, by id; undefined: damaged. */
  content(): Map<string, StoredDocument> | undefined {
    return this.read(
      (engine) => new Map([...engine.documentsAfter("")].map((document) => [document.id, document])),
    );
  }
}
