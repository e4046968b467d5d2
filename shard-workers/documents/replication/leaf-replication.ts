/**
 * A leaf's part in replication: the primary feeds the others, the others follow it. This ties the two sides, which know no
 * Worker, to a leaf's index, its alarm and the way between leaves.
 */
import type { Collection } from "../../../core/collection.ts";
import type { Position } from "../../../core/contracts/replication.ts";
import type { CollectionRef } from "../../../core/contracts/search.ts";
import { refOf } from "../../../core/collection.ts";
import { failure, type Failure } from "../../../core/errors.ts";
import { CorruptError } from "../../segment/store.ts";
import type { Alarm } from "../../leaf/alarm.ts";
import type { LeafIndex } from "../leaf-index.ts";
import { PRIMARY } from "../leaf-stub.ts";
import { feed } from "./feed.ts";
import { Follower, ofTheFuture } from "./follower.ts";
import { followerStore, type FollowingIndex } from "./follower-store.ts";
import { ALARM_MS } from "./limits.ts";
import type { PullRequest, Pulled, Push, ReplicaCondition, ReplicaStatus } from "./messages.ts";
import { Replicator } from "./replicator.ts";
import type { ReplicaTransport } from "./transport.ts";
import { TermFeed } from "../term-feed/term-feed.ts";
import type { TermTransport } from "../term-feed/term-transport.ts";

/** What replication needs of a leaf's index. */
export type ReplicatedIndex = FollowingIndex &
  Pick<LeafIndex, "keepLogAfter" | "entriesAfter" | "page" | "documentCount">;

/** What replication needs of its leaf. */
export interface ReplicatedLeaf {
  readonly shard: number;
  readonly replica: number;
  /** Open; throws CorruptError. */
  readonly index: ReplicatedIndex;
  readonly collection: Collection | undefined;
  /** Others than replicas follow its log, too, and need it after this sequence. */
  readonly followedAfter?: number | undefined;
  /** Makes it a copy that has nothing yet. */
  reset(): void;
  /** Documents have changed; others than by a write. */
  changed(): void;
}

export interface LeafReplicationSetting {
  leaf: ReplicatedLeaf;
  transport: Pick<ReplicaTransport, "push" | "pull">;
  terms: Pick<TermTransport, "push">;
  alarm: Alarm;
  /** In ms. */
  now: () => number;
  /** From 0 to 1. */
  random: () => number;
}

export class LeafReplication {
  private readonly leaf: ReplicatedLeaf;
  private readonly alarm: Alarm;
  private readonly now: () => number;
  /** Of the primary. */
  private readonly replicator: Replicator;
  private readonly termFeed: TermFeed;
  /** Of any other. */
  private readonly follower: Follower | undefined;

  constructor(setting: LeafReplicationSetting) {
    const { leaf, transport, terms, alarm, now, random } = setting;
    this.leaf = leaf;
    this.alarm = alarm;
    this.now = now;
    this.replicator = new Replicator({
      log: {
        get position(): Position {
          return leaf.index.position;
        },
        entriesAfter: (sequence, charactersMax) => leaf.index.entriesAfter(sequence, charactersMax),
      },
      push: async (replica, message) => transport.push(replica, { ...message, ref: this.ref() }),
      now,
      random,
    });
    this.termFeed = new TermFeed({
      source: () => leaf.index,
      push: async (termLeaf, message) =>
        terms.push({ ...message, ref: this.ref(), leaf: termLeaf, shard: leaf.shard }),
      now,
      random,
    });
    if (leaf.replica === PRIMARY) return;
    this.follower = new Follower({
      store: followerStore(leaf),
      pull: (whereabouts) => transport.pull({ ...whereabouts, replica: leaf.replica, ref: this.ref() }),
      isDamage: (error) => error instanceof CorruptError,
    });
  }

  get condition(): ReplicaCondition {
    return this.follower?.status.condition ?? "serving";
  }

  /** From where on the log is to be kept; undefined: nobody follows. */
  get keepLogAfter(): number | undefined {
    const { followedAfter = Infinity } = this.leaf;
    const followed = [this.replicator, this.termFeed].filter((each) => each.followed);
    const after = Math.min(followedAfter, ...followed.map(({ confirmed }) => confirmed));
    return after === Infinity ? undefined : after;
  }

  private get followed(): boolean {
    return this.replicator.followed || this.termFeed.followed;
  }

  /** Whether every replica has said to have everything; also where there is none. */
  get isConfirmed(): boolean {
    const { followed, confirmed } = this.replicator;
    return !followed || confirmed >= this.leaf.index.position.sequence;
  }

  /** The collection is known, or has changed. */
  declared(collection: Collection): void {
    if (this.leaf.replica !== PRIMARY) return;
    this.replicator.replicas = collection.replicas;
    this.termFeed.declared(collection);
  }

  /** In the turn of a write, before it: should the primary die after the write, its alarm will push. */
  async beforeWrite(): Promise<void> {
    this.leaf.index.keepLogAfter = this.keepLogAfter;
    if (this.followed) await this.alarm.by(this.now() + ALARM_MS);
  }

  /** Pushes what replicas lack; the answer to the write does not wait for it. */
  ship(): void {
    for (const each of [this.replicator, this.termFeed]) {
      if (!each.followed) continue;
      each.ship().catch((error: unknown) => {
        console.error(JSON.stringify({ event: "replication-failed", error: String(error) }));
      });
    }
  }

  /** Pushes what term leaves lack, also to those that did not take it before, and waits for it. */
  async shipTerms(): Promise<void> {
    if (this.termFeed.followed) await this.termFeed.ship(true);
  }

  /** Looks after what is not confirmed, and comes again for as long as there is something. */
  async rang(): Promise<void> {
    const dueAt = [this.replicator, this.termFeed].flatMap((each) =>
      each.followed ? (each.dueAt ?? []) : [],
    );
    if (dueAt.length === 0) return;
    this.ship();
    await this.alarm.by(Math.max(Math.min(...dueAt), this.now() + ALARM_MS));
  }

  /** What a read is answered instead, when this leaf can't serve one that must see this sequence. */
  async reach(sequence: number): Promise<Failure | undefined> {
    if (this.follower !== undefined) return this.follower.reach(sequence);
    return sequence > 0 && this.leaf.index.position.sequence < sequence ? ofTheFuture() : undefined;
  }

  /** A push from the primary. */
  receive(push: Push): ReplicaStatus | Failure {
    return this.follower?.receive(push) ?? failure("internal", "The primary follows nobody.");
  }

  /** A pull by a replica. */
  feed(request: PullRequest): Pulled | Failure {
    if (this.leaf.replica !== PRIMARY) return failure("internal", "Only the primary is followed.");
    const { replica, position, copiedTo } = request;
    this.replicator.heard(replica, {
      position,
      condition: copiedTo === undefined ? "serving" : "rebuilding",
    });
    return feed(this.leaf.index, request);
  }

  /** The leaf's rows are damaged. A replica gets others; the primary's are the only ones. */
  foundDamage(): void {
    this.follower?.foundDamage();
  }

  /** The leaf is purged. */
  stop(): void {
    this.follower?.stop();
    this.replicator.replicas = 1;
    this.termFeed.stop();
  }

  private ref(): CollectionRef {
    const { collection } = this.leaf;
    if (collection === undefined) throw new Error("a leaf without a collection has no replicas");
    return refOf(collection);
  }
}
