/** A leaf as the simulator sees it: single-threaded, sometimes late, sometimes failing, perhaps dead. */

export interface LeafModel {
  /** How long a question keeps the leaf busy, in ms: log-normal, by its median and its spread (the logarithm's deviation). */
  serviceMs: number;
  spread: number;
  /** There and back. */
  networkMs: number;
  /** One call in how many answers so much later, for a reason that does not keep the leaf busy. */
  lateShare: number;
  lateMs: number;
  /** One call in how many fails, once it is there. */
  failShare: number;
  /** What is wrong with the first replica of every shard. */
  firstReplica?: "dead" | "hangs";
}

export const HEALTHY: LeafModel = {
  serviceMs: 2,
  spread: 0.5,
  networkMs: 2,
  lateShare: 0,
  lateMs: 2_000,
  failShare: 0,
};

/** What hangs answers after this time: longer than anybody waits. */
const HANGS_MS = 60_000;

export interface LeafAnswer {
  afterMs: number;
  ok: boolean;
}

/** One replica of one shard. */
export class SimulatedLeaf {
  private readonly model: LeafModel;
  private readonly replica: number;
  private readonly random: () => number;
  private busyUntil = 0;

  constructor(model: LeafModel, replica: number, random: () => number) {
    this.model = model;
    this.replica = replica;
    this.random = random;
  }

  /** What becomes of a call that is sent now. */
  call(now: number): LeafAnswer {
    const { serviceMs, spread, networkMs, lateShare, lateMs, failShare, firstReplica } = this.model;
    const fault = this.replica === 0 ? firstReplica : undefined;
    if (fault === "dead" || this.random() < failShare) return { afterMs: networkMs, ok: false };
    if (fault === "hangs") return { afterMs: HANGS_MS, ok: true };
    const service = serviceMs * Math.exp(spread * this.gauss());
    this.busyUntil = Math.max(now + networkMs / 2, this.busyUntil) + service;
    const late = this.random() < lateShare ? lateMs : 0;
    return { afterMs: this.busyUntil - now + networkMs / 2 + late, ok: true };
  }

  /** Box and Muller's method. */
  private gauss(): number {
    return Math.sqrt(-2 * Math.log(1 - this.random())) * Math.cos(2 * Math.PI * this.random());
  }
}
