/**
 * A distribution from calls that were seen. Calls that were given up took at least as long as they were waited for, and count as
 * just that (Kaplan and Meier, "Nonparametric Estimation from Incomplete Observations", 1958): without them a leaf whose
 * stragglers are hedged would seem to have none.
 */
import type { LatencyModel } from "./latency-model.ts";

/** Buckets grow by a twenty-fifth: a quantile is right within 2 %, and the room is 5 KB however many calls there are. */
const GROWTH = 1.04;
const LOG_GROWTH = Math.log(GROWTH);
const FIRST_MS = 0.5;

/** The last bucket begins at 49 s, beyond every deadline. */
const BUCKETS = 295;

/** Every so many calls what came before counts half, so that a collection that has changed is seen as it is. */
const HALVE_AFTER = 20_000;

export class ObservedLatencies {
  private readonly ended = new Float64Array(BUCKETS);
  private readonly givenUp = new Float64Array(BUCKETS);
  private sinceHalving = 0;

  /** `ended`: whether the call was answered, and not given up. */
  record(ms: number, ended: boolean): void {
    const counts = ended ? this.ended : this.givenUp;
    const bucket = bucketOf(ms);
    counts[bucket] = (counts[bucket] ?? 0) + 1;
    this.sinceHalving += 1;
    if (this.sinceHalving < HALVE_AFTER) return;
    this.sinceHalving = 0;
    for (const all of [this.ended, this.givenUp]) all.forEach((count, place) => (all[place] = count / 2));
  }

  /** Calls that count, old ones in part. */
  get count(): number {
    return sumOf(this.ended) + sumOf(this.givenUp);
  }

  /** The distribution as it is now. */
  model(): LatencyModel {
    const survivors = new Float64Array(BUCKETS + 1);
    let atRisk = this.count;
    let surviving = 1;
    let meanMs = 0;
    survivors[0] = 1;
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      const ended = this.ended[bucket] ?? 0;
      const before = surviving;
      if (atRisk > 0) surviving *= Math.max(0, 1 - ended / atRisk);
      meanMs += (before - surviving) * Math.sqrt(startOf(bucket) * startOf(bucket + 1) || FIRST_MS ** 2 / 2);
      atRisk -= ended + (this.givenUp[bucket] ?? 0);
      survivors[bucket + 1] = surviving;
    }
    // What nobody waited for to the end took at least as long as the longest that was waited for.
    meanMs += surviving * startOf(BUCKETS);
    return { longerThan: (ms) => between(survivors, ms), meanMs };
  }
}

function bucketOf(ms: number): number {
  return ms <= FIRST_MS ? 0 : Math.min(BUCKETS - 1, Math.ceil(Math.log(ms / FIRST_MS) / LOG_GROWTH));
}

function startOf(bucket: number): number {
  return bucket === 0 ? 0 : FIRST_MS * GROWTH ** (bucket - 1);
}

/** Within a bucket calls are spread evenly. */
function between(survivors: Float64Array, ms: number): number {
  if (ms <= 0) return 1;
  const bucket = bucketOf(ms);
  const [from, to] = [startOf(bucket), startOf(bucket + 1)];
  const [before = 0, after = 0] = [survivors[bucket], survivors[bucket + 1]];
  return before + (after - before) * Math.min(1, (ms - from) / (to - from));
}

function sumOf(counts: Float64Array): number {
  return counts.reduce((sum, count) => sum + count, 0);
}
