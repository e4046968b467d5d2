/**
 * What an isolate has learnt about how fast the leaves of a collection work, each of which could do all of it. Advice, and bounded: an
 * isolate that knows nothing gives the same answers.
 */
import { ReplicaHealth } from "./replica-health.ts";

/** How much the newest piece of work counts. */
const NEWEST_WEIGHT = 0.5;

/** What is known of a leaf fades to half in this time, so that one that was slow is given work again. */
const HALF_LIFE_MS = 5_000;

/** Slower than so many times the others is as good as dead; faster is luck. */
const SLOWNESS_MAX = 1_000;
const SLOWNESS_MIN = 0.1;

/** A search of few documents takes many times what was worked out for it: the call to its leaf, or a leaf that is slow. */
const FACTOR_MAX = 1e6;

/** Dividing work is worth it when it then takes at most this of the time; where it was not, one leaf does all of it for a while. */
const WORTH_IT = 0.8;
const NOT_DIVIDED_MS = 10_000;

/** Once may be chance. */
const IN_VAIN_MAX = 3;

interface Slowness {
  logarithm: number;
  at: number;
}

export class WorkPace {
  readonly leaves: ReplicaHealth[] = [];
  /** That a leaf held when it was last heard of; undefined: none was. */
  documents: number | undefined;
  /** By how much what was worked out for a search is wrong, on average. */
  factor = 1;
  private readonly slownesses = new Map<number, Slowness>();
  private dividedAgainAt = -Infinity;
  private inVain = 0;

  /** The leaves, as many as there are now. */
  of(count: number): readonly ReplicaHealth[] {
    while (this.leaves.length < count) this.leaves.push(new ReplicaHealth(this.leaves.length));
    this.leaves.length = count;
    return this.leaves;
  }

  /** How many times as long as the others a leaf takes: 1 for one that is not known. */
  slowness(replica: number, now: number): number {
    const known = this.slownesses.get(replica);
    return known === undefined ? 1 : Math.exp(faded(known, now));
  }

  /** A leaf took so many times as long as the others. */
  observe(replica: number, times: number, now: number): void {
    const newest = Math.log(Math.min(SLOWNESS_MAX, Math.max(SLOWNESS_MIN, times)));
    const known = this.slownesses.get(replica);
    const before = known === undefined ? newest : faded(known, now);
    this.slownesses.set(replica, { logarithm: before + NEWEST_WEIGHT * (newest - before), at: now });
  }

  /** Whether dividing may be tried: leaves that share a processor, as on a laptop, are no faster together. */
  mayDivide(now: number): boolean {
    return now >= this.dividedAgainAt;
  }

  /** Work that one leaf was expected to take so long for was divided, and took that. Answers whether it was worth it. */
  observeDivided(expectedMs: number, tookMs: number, now: number): boolean {
    const isWorthIt = tookMs <= WORTH_IT * expectedMs;
    this.inVain = isWorthIt ? 0 : this.inVain + 1;
    if (this.inVain < IN_VAIN_MAX) return isWorthIt;
    this.inVain = 0;
    this.dividedAgainAt = now + NOT_DIVIDED_MS;
    return false;
  }

  /** What was worked out to take so long took that. */
  observeWork(workedOutMs: number, tookMs: number): void {
    const newest = Math.min(FACTOR_MAX, Math.max(1, tookMs / Math.max(0.01, workedOutMs)));
    this.factor += NEWEST_WEIGHT * (newest - this.factor);
  }
}

function faded({ logarithm, at }: Slowness, now: number): number {
  return logarithm * 2 ** (-(now - at) / HALF_LIFE_MS);
}

/** Of the collections that were worked on last. */
export class WorkPaces {
  private readonly collections = new Map<string, WorkPace>();
  private readonly max: number;

  constructor(max: number) {
    this.max = max;
  }

  of(collectionId: string): WorkPace {
    const known = this.collections.get(collectionId) ?? new WorkPace();
    this.collections.delete(collectionId);
    this.collections.set(collectionId, known);
    const [oldest] = this.collections.keys();
    if (this.collections.size > this.max && oldest !== undefined) this.collections.delete(oldest);
    return known;
  }
}
