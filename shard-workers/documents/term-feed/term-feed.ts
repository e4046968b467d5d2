/**
 * The primary's side of the layout `terms`: it pushes its log to every term leaf, and where the log does not lead on from where a leaf's
 * track is, a copy. Term leaves call nobody, since Workers' bindings form no cycle; what a leaf has, its answers say. One message at a
 * time to each; after a restart, when nothing is known of a leaf, the last entry, which nearly always is the one that is missing.
 */
import type { Collection } from "../../../core/collection.ts";
import { samePosition } from "../../../core/contracts/replication.ts";
import type { TermPush, TermPushAnswer, TrackPlace } from "../../../core/contracts/terms.ts";
import { ownershipOf } from "../../../core/term-ownership.ts";
import type { Failure } from "../../../core/errors.ts";
import { feed, type FeedSource } from "../replication/feed.ts";
import { ENTRIES_CHARACTERS_MAX, RETRY_FIRST_MS, RETRY_MAX_MS } from "../replication/limits.ts";
import { SkeletonCache } from "./skeleton-cache.ts";

/** The shard, in one turn. */
export interface TermFeedSource extends FeedSource {
  documentCount(): number;
}

export type TermMessage = Omit<TermPush, "ref" | "leaf" | "shard">;

export interface TermFeedSetting {
  source: () => TermFeedSource;
  /** May reject: the leaf could not be reached. */
  push: (leaf: number, message: TermMessage) => Promise<TermPushAnswer>;
  /** In ms. */
  now: () => number;
  /** From 0 to 1. */
  random: () => number;
}

interface Peer {
  leaf: number;
  /** What it said last. */
  place: TrackPlace | undefined;
  failures: number;
  retryAt: number;
  busy: boolean;
  flight: Promise<void> | undefined;
}

export class TermFeed {
  private readonly setting: TermFeedSetting;
  private peers: Peer[] = [];
  private skeletons: SkeletonCache | undefined;

  constructor(setting: TermFeedSetting) {
    this.setting = setting;
  }

  /** The collection is known, or has changed. What leaves have is asked anew: they may have to have it by other fields. */
  declared(collection: Pick<Collection, "layout" | "shards" | "fields" | "termLanguage">): void {
    const leaves = collection.layout === "terms" ? collection.shards : 0;
    this.skeletons = leaves === 0 ? undefined : new SkeletonCache(collection.fields, ownershipOf(collection));
    this.peers = Array.from({ length: leaves }, (_, leaf) => ({
      leaf,
      place: undefined,
      failures: 0,
      retryAt: 0,
      busy: false,
      flight: undefined,
    }));
  }

  stop(): void {
    this.peers = [];
  }

  get followed(): boolean {
    return this.peers.length > 0;
  }

  /** The sequence up to which every leaf has said to need nothing of the log any more. */
  get confirmed(): number {
    return Math.min(...this.peers.map(({ place }) => place?.position.sequence ?? 0));
  }

  /** When there is something to do next, in ms; undefined: every leaf has everything. */
  get dueAt(): number | undefined {
    const waiting = this.peers.filter((peer) => !this.isCurrent(peer)).map(({ retryAt }) => retryAt);
    return waiting.length === 0 ? undefined : Math.min(...waiting);
  }

  /**
   * Sends to each leaf what it lacks, until none can be helped further now. `anyway`: also to those that are to wait, and to those that
   * are said to have everything: somebody has found one that has not, and may have lost it.
   */
  async ship(anyway = false): Promise<void> {
    await Promise.all(
      this.peers.map(async (peer) => {
        if (anyway && !peer.busy) Object.assign(peer, { place: undefined, retryAt: 0 });
        if (!peer.busy) peer.flight = this.shipTo(peer);
        await peer.flight;
      }),
    );
  }

  private async shipTo(peer: Peer): Promise<void> {
    peer.busy = true;
    try {
      while (this.peers.includes(peer) && !this.isCurrent(peer) && peer.retryAt <= this.setting.now()) {
        const before = peer.place;
        const answer = await this.push(peer);
        if (!answer.ok) {
          this.postpone(peer);
          continue;
        }
        peer.place = answer.place;
        if (before === undefined || !samePlace(before, answer.place) || this.isCurrent(peer))
          peer.failures = 0;
        else this.postpone(peer);
      }
    } finally {
      // In the turn of the last look, so that no write comes between that and this.
      peer.busy = false;
    }
  }

  private async push(peer: Peer): Promise<TermPushAnswer | Pick<Failure, "ok">> {
    const message = this.messageFor(peer);
    try {
      return await this.setting.push(peer.leaf, message);
    } catch {
      return { ok: false };
    }
  }

  private messageFor({ leaf, place }: Peer): TermMessage {
    const { skeletons } = this;
    if (skeletons === undefined) throw new Error("a shard that nobody follows has nothing to push");
    const source = this.setting.source();
    const head = source.position;
    const common = { head, documents: source.documentCount() };
    if (place === undefined) {
      const entries = source.entriesAfter(Math.max(0, head.sequence - 1), ENTRIES_CHARACTERS_MAX) ?? [];
      return { ...common, entries: entries.map((entry) => skeletons.entry(entry, leaf)) };
    }
    const pulled = feed(source, place);
    if (pulled.kind === "entries")
      return { ...common, entries: pulled.entries.map((entry) => skeletons.entry(entry, leaf)) };
    const { entries, documents, position, copiedTo } = pulled.piece;
    const from = pulled.anew ? "" : (place.copiedTo ?? "");
    return {
      ...common,
      entries: entries.map((entry) => skeletons.entry(entry, leaf)),
      copy: {
        from: place,
        anew: pulled.anew,
        // A piece begins behind an id, at a position, and is as long as it is.
        documents: skeletons.documents(
          `${position.sequence}/${position.clock}/${documents.length}/${from}`,
          documents,
          leaf,
        ),
        to: { position, ...(copiedTo !== undefined && { copiedTo }) },
      },
    };
  }

  private isCurrent({ place }: Peer): boolean {
    if (place === undefined || place.copiedTo !== undefined) return false;
    return samePosition(place.position, this.setting.source().position);
  }

  /** As for replicas: exponential backoff with jitter over its upper half. */
  private postpone(peer: Peer): void {
    const waitMs = Math.min(RETRY_MAX_MS, RETRY_FIRST_MS * 2 ** peer.failures);
    peer.failures += 1;
    peer.retryAt = this.setting.now() + waitMs * (0.5 + this.setting.random() / 2);
  }
}

function samePlace(a: TrackPlace, b: TrackPlace): boolean {
  return samePosition(a.position, b.position) && a.copiedTo === b.copiedTo;
}
