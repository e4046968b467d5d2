/**
 * How long calls take, lately: a histogram whose buckets grow by a tenth, in which old calls count less and less. A quantile
 * is right within 5 %, recording one is constant work, and the room is 1 KB however many calls there are.
 */

/** The first bucket ends here: a Worker's clock knows whole milliseconds. */
const FIRST_MS = 0.5;
const GROWTH = 1.1;
const LOG_GROWTH = Math.log(GROWTH);

/** The last bucket begins at 53 s, beyond every deadline. */
const BUCKETS = 123;

/** Every so many calls what came before counts half: about the last 2,000 calls say how long one takes. */
const HALVE_AFTER = 1_000;

export class Latencies {
  private readonly counts = new Float64Array(BUCKETS);
  private total = 0;
  private sinceHalving = 0;

  /** Calls that count, old ones in part. */
  get count(): number {
    return this.total;
  }

  record(ms: number): void {
    const place = ms <= FIRST_MS ? 0 : Math.ceil(Math.log(ms / FIRST_MS) / LOG_GROWTH);
    const bucket = Math.min(place, BUCKETS - 1);
    this.counts[bucket] = (this.counts[bucket] ?? 0) + 1;
    this.total += 1;
    this.sinceHalving += 1;
    if (this.sinceHalving < HALVE_AFTER) return;
    this.sinceHalving = 0;
    this.total /= 2;
    for (let index = 0; index < BUCKETS; index++) this.counts[index] = (this.counts[index] ?? 0) / 2;
  }

  /** The time in ms that a share of the calls (0 to 1) takes at most; 0 when there were none. */
  quantile(share: number): number {
    let wanted = share * this.total;
    for (let bucket = 0; bucket < BUCKETS && this.total > 0; bucket++) {
      wanted -= this.counts[bucket] ?? 0;
      // The middle of the bucket on its logarithmic scale: wrong by half its width at most.
      if (wanted <= 0) return FIRST_MS * GROWTH ** (bucket === 0 ? 0 : bucket - 0.5);
    }
    return 0;
  }
}
