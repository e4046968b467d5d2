/**
 * The primary's side: what it pushes to which replica, and when. It sends one message at a time to each, from where that
 * replica has confirmed to be, so that what is written meanwhile goes together with the next. What a replica has it knows from
 * the replica's own answers alone, and after a restart not at all: then it sends the last entry, which nearly always is
 * the one that is missing.
 */
import { samePosition, type LogEntry, type Position } from "../../../core/contracts/replication.ts";
import type { Failure } from "../../../core/errors.ts";
import { ENTRIES_CHARACTERS_MAX, RETRY_FIRST_MS, RETRY_MAX_MS } from "./limits.ts";
import type { Push, PushAnswer, ReplicaStatus } from "./messages.ts";

export interface ReplicatorLog {
  readonly position: Position;
  entriesAfter(sequence: number, charactersMax: number): LogEntry[] | undefined;
}

export interface ReplicatorSetting {
  log: ReplicatorLog;
  /** May reject: the replica could not be reached. */
  push: (replica: number, message: Omit<Push, "ref">) => Promise<PushAnswer>;
  /** In ms. */
  now: () => number;
  /** From 0 to 1. */
  random: () => number;
}

interface Peer {
  replica: number;
  /** What it said last. */
  status: ReplicaStatus | undefined;
  failures: number;
  /** Not before this time. */
  retryAt: number;
  /** Whether messages are being sent; no longer once the last look has found nothing more to send. */
  busy: boolean;
  flight: Promise<void> | undefined;
}

export class Replicator {
  private readonly setting: ReplicatorSetting;
  private peers: Peer[] = [];

  constructor(setting: ReplicatorSetting) {
    this.setting = setting;
  }

  /** Copies of the shard, this one among them. */
  set replicas(count: number) {
    this.peers = Array.from(
      { length: count - 1 },
      (_, index) =>
        this.peers[index] ?? {
          replica: index + 1,
          status: undefined,
          failures: 0,
          retryAt: 0,
          busy: false,
          flight: undefined,
        },
    );
  }

  /** Whether anybody follows. */
  get followed(): boolean {
    return this.peers.length > 0;
  }

  /** The sequence up to which every replica has said to have everything; 0 while one has not said anything. */
  get confirmed(): number {
    return Math.min(...this.peers.map(({ status }) => status?.position.sequence ?? 0));
  }

  /** When there is something to do next, in ms; undefined: every replica has everything. */
  get dueAt(): number | undefined {
    const waiting = this.peers.filter((peer) => !this.isCurrent(peer)).map(({ retryAt }) => retryAt);
    return waiting.length === 0 ? undefined : Math.min(...waiting);
  }

  /** Sends to each replica what it lacks, until none can be helped further now. Rejects when the log can't be read. */
  async ship(): Promise<void> {
    await Promise.all(
      this.peers.map(async (peer) => {
        if (!peer.busy) peer.flight = this.shipTo(peer);
        await peer.flight;
      }),
    );
  }

  /** A replica has said by itself where it is. So it can be reached: what comes next is not to wait. */
  heard(replica: number, status: ReplicaStatus): void {
    const peer = this.peers.find((other) => other.replica === replica);
    if (peer !== undefined) Object.assign(peer, { status, failures: 0, retryAt: 0 });
  }

  private async shipTo(peer: Peer): Promise<void> {
    peer.busy = true;
    try {
      while (this.peers.includes(peer) && !this.isCurrent(peer) && peer.retryAt <= this.setting.now()) {
        const before = peer.status?.position.sequence ?? -1;
        const answer = await this.push(peer, this.messageFor(peer));
        if (!answer.ok) {
          this.postpone(peer);
          continue;
        }
        const { position: reached, condition } = answer;
        peer.status = { position: reached, condition };
        // A replica that gets no further pulls by itself; whether that has helped is asked after a while.
        if (condition === "serving" && (reached.sequence > before || this.isCurrent(peer))) peer.failures = 0;
        else this.postpone(peer);
      }
    } finally {
      // In the turn of the last look, so that no write comes between that and this.
      peer.busy = false;
    }
  }

  private async push(peer: Peer, message: Omit<Push, "ref">): Promise<PushAnswer | Pick<Failure, "ok">> {
    try {
      return await this.setting.push(peer.replica, message);
    } catch {
      return { ok: false };
    }
  }

  private messageFor({ status }: Peer): Omit<Push, "ref"> {
    const { log } = this.setting;
    const head = log.position;
    if (status !== undefined && status.condition !== "serving") return { entries: [], head, ask: false };
    const from = status?.position.sequence ?? Math.max(0, head.sequence - 1);
    const entries = log.entriesAfter(from, ENTRIES_CHARACTERS_MAX) ?? [];
    return { entries, head, ask: from > head.sequence };
  }

  private isCurrent({ status }: Peer): boolean {
    return status?.condition === "serving" && samePosition(status.position, this.setting.log.position);
  }

  /** Exponential backoff with full jitter over its upper half, so that a replica's waits are never next to nothing. */
  private postpone(peer: Peer): void {
    const waitMs = Math.min(RETRY_MAX_MS, RETRY_FIRST_MS * 2 ** peer.failures);
    peer.failures += 1;
    peer.retryAt = this.setting.now() + waitMs * (0.5 + this.setting.random() / 2);
  }
}
