/**
 * What this isolate knows of one replica: how long it takes, how much it has to do, and whether it is on probation. Plain
 * data with an injected clock; it outlives requests, so nothing in it may depend on a request coming to its end.
 */
import {
  CANARY_MS_MAX,
  EWMA_HALF_LIFE_MS,
  EWMA_WEIGHT,
  IN_FLIGHT_MS_MAX,
  LOST_TO_HEDGES_MAX,
  PROBATION_MS_MAX,
  PROBATION_MS_MIN,
} from "./limits.ts";

/** Where clocks stand still a call takes no time; the number of calls in flight must count all the same. */
const LATENCY_MS_MIN = 0.5;

/** A call that a replica has to answer. Its identity is what tells it apart. */
interface SentCall {
  sentAt: number;
}

export class ReplicaHealth {
  readonly replica: number;
  private ewmaMs = 0;
  private updatedAt = 0;
  private readonly calls = new Set<SentCall>();
  private failures = 0;
  private lostToHedges = 0;
  private answeredAt = -Infinity;
  private silent = false;
  /** When a canary may be sent; undefined: the replica is not on probation. */
  private canaryAt: number | undefined;
  /** When the replica last gave reason to suspect it. What was sent before says nothing new. */
  private suspectedAt = -Infinity;

  constructor(replica: number) {
    this.replica = replica;
  }

  get onProbation(): boolean {
    return this.canaryAt !== undefined;
  }

  /**
   * On probation, and for no more than a call that was too slow while nothing else was answered: a first call goes elsewhere
   * where it can, but a hedge may come here.
   */
  get isSilent(): boolean {
    return this.silent;
  }

  /** When the replica may be tried again, `-Infinity` when it always may. */
  get triedAgainAt(): number {
    return this.canaryAt ?? -Infinity;
  }

  /** The lower the better: what a call may take, were it to wait for those before it. */
  score(now: number): number {
    const faded = this.ewmaMs * 2 ** (-(now - this.updatedAt) / EWMA_HALF_LIFE_MS);
    return Math.max(LATENCY_MS_MIN, faded) * (1 + this.inFlight(now));
  }

  /** Calls that were sent and not answered. */
  inFlight(now: number): number {
    for (const call of this.calls) {
      if (call.sentAt > now - IN_FLIGHT_MS_MAX) break;
      this.calls.delete(call);
    }
    return this.calls.size;
  }

  /** A call is sent: the next canary waits for what becomes of it. */
  sent(call: SentCall, now: number): void {
    this.calls.add(call);
    if (this.canaryAt !== undefined) this.canaryAt = Math.max(this.canaryAt, now + this.probationMs());
  }

  /** A canary is to be sent: no other is before it has ended, or has not come to its end. */
  expectCanary(now: number): void {
    if (this.canaryAt !== undefined) this.canaryAt = now + Math.max(CANARY_MS_MAX, this.probationMs());
  }

  /** A call was answered: whatever the replica was suspected of is past. `isWork`: how long it took says nothing of the replica. */
  answered(call: SentCall, now: number, isWork = false): void {
    this.calls.delete(call);
    if (!isWork) this.observe(now - call.sentAt, now);
    this.answeredAt = now;
    if (call.sentAt < this.suspectedAt) return;
    this.silent = false;
    this.failures = 0;
    this.lostToHedges = 0;
    this.canaryAt = undefined;
  }

  /** A call failed, and it was the replica's fault. */
  failed(call: SentCall, now: number): void {
    this.calls.delete(call);
    this.suspect(call, now);
  }

  /** A call ended in a way that says nothing about the replica. */
  released(call: SentCall): void {
    this.calls.delete(call);
  }

  /** Nobody waits for a call any longer. It has taken this long at least. */
  abandoned(call: SentCall, now: number, lostToHedge: boolean, isWork = false): void {
    this.calls.delete(call);
    if (!isWork) this.observe(now - call.sentAt, now);
    if (!lostToHedge) return;
    this.lostToHedges += 1;
    if (this.lostToHedges >= LOST_TO_HEDGES_MAX) {
      this.suspect(call, now);
      return;
    }
    // One that answers others meanwhile was only slow with this; one that is silent may hang.
    if (this.canaryAt !== undefined || this.answeredAt > call.sentAt) return;
    this.silent = true;
    this.canaryAt = now + PROBATION_MS_MIN;
  }

  private suspect(call: SentCall, now: number): void {
    if (call.sentAt < this.suspectedAt) return;
    this.suspectedAt = now;
    this.silent = false;
    this.failures += 1;
    this.canaryAt = now + this.probationMs();
  }

  private probationMs(): number {
    return Math.min(PROBATION_MS_MAX, PROBATION_MS_MIN * 2 ** Math.max(0, this.failures - 1));
  }

  private observe(ms: number, now: number): void {
    this.ewmaMs = this.updatedAt === 0 ? ms : this.ewmaMs + EWMA_WEIGHT * (ms - this.ewmaMs);
    this.updatedAt = now;
  }
}
