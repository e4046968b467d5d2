/**
 * What hedging makes of a leaf's latency, by the policy's own numbers and code (core/scatter). The delay after which a branch hedges is read
 * off a histogram of some thousand calls, and hedges are paid for with tokens; both waver, and where they do, stragglers are waited for. So
 * a few thousand searches are played through, without a clock: they tell how often which delay holds, and how often there is a token then.
 */
import { Budget } from "../scatter/budget.ts";
import { Latencies } from "../scatter/latencies.ts";
import {
  HEDGE_BURST,
  HEDGE_DELAY_MS_MIN,
  HEDGE_RESERVE,
  SCATTER_POLICY,
  SIDE_BY_SIDE_MAX,
} from "../scatter/limits.ts";
import { seededRandom } from "../seeded-random.ts";
import { quantileOf, type LatencyModel } from "./latency-model.ts";

/** How things stand when a search begins. */
interface HedgingMoment {
  /** How often they do: shares of the searches, which add up to 1. */
  share: number;
  delayMs: number;
  /** The share of the calls over that whose hedge is sent at once; the rest wait for a token, three times as long in all. */
  atOnce: number;
}

export interface Hedging {
  moments: HedgingMoment[];
  /** Hedges a call. */
  hedges: number;
}

/** A branch hedges what has not come after its delay, else what has not come after twice as long more. */
const STRAGGLER_DELAYS = 3;

/** Calls that are played through, after those from which the histogram learns. */
const CALLS = 200_000;
const WARM_UP_CALLS = 5_000;

/** Points of the distribution from which calls are drawn. */
const POINTS = 4_096;

interface Seen {
  searches: number;
  late: number;
  atOnce: number;
}

/** Latencies that stand for a distribution: each as likely as any other. */
export function pointsOf({ longerThan }: LatencyModel): Float64Array {
  return Float64Array.from({ length: POINTS }, (_, point) => quantileOf(longerThan, (point + 0.5) / POINTS));
}

/** The hedging of a collection of so many leaves, whose calls take as long as these points say. */
export function hedgingOf(points: Float64Array, leaves: number): Hedging {
  const random = seededRandom(1);
  const draw = (): number => points[Math.floor(random() * points.length)] ?? 0;
  const latencies = new Latencies();
  const tokens = new Budget(SCATTER_POLICY.hedgeShare, HEDGE_BURST);
  for (let leaf = 0; leaf < leaves; leaf++) tokens.widen();
  const moments = new Map<number, Seen>();
  let [calls, hedges] = [-WARM_UP_CALLS, 0];
  for (let call = 0; call < WARM_UP_CALLS; call++) latencies.record(draw());
  while (calls < CALLS) {
    const delayMs = Math.max(HEDGE_DELAY_MS_MIN, latencies.quantile(SCATTER_POLICY.hedgeQuantile));
    const seen = playSearch(leaves, delayMs, { draw, latencies, tokens });
    calls += leaves;
    if (calls < 0) continue;
    hedges += seen.hedges;
    const moment = moments.get(delayMs) ?? { searches: 0, late: 0, atOnce: 0 };
    moment.searches += 1;
    moment.late += seen.late;
    moment.atOnce += seen.atOnce;
    moments.set(delayMs, moment);
  }
  const searches = [...moments.values()].reduce((sum, moment) => sum + moment.searches, 0);
  return {
    moments: [...moments].map(([delayMs, { searches: own, late, atOnce }]) => ({
      share: own / searches,
      delayMs,
      atOnce: late === 0 ? 1 : atOnce / late,
    })),
    hedges: hedges / calls,
  };
}

/** One search of calls that are all sent at once: what is late asks for a token, first after the delay, then as a straggler. */
function playSearch(
  leaves: number,
  delayMs: number,
  { draw, latencies, tokens }: { draw: () => number; latencies: Latencies; tokens: Budget },
): { late: number; atOnce: number; hedges: number } {
  const late: number[] = [];
  for (let leaf = 0; leaf < leaves; leaf++) {
    tokens.earn();
    const ms = draw();
    if (ms > delayMs) late.push(ms);
    else latencies.record(ms);
  }
  const answer = (first: number, after: number): void => {
    const hedge = draw();
    const endMs = Math.min(first, after + hedge);
    latencies.record(endMs);
    latencies.record(endMs - after);
  };
  let [atOnce, hedges] = [0, 0];
  for (const first of late) {
    const isAtOnce = tokens.take(HEDGE_RESERVE);
    const isLater = !isAtOnce && first > STRAGGLER_DELAYS * delayMs && tokens.take();
    if (isAtOnce) atOnce += 1;
    if (isAtOnce || isLater) hedges += 1;
    if (isAtOnce) answer(first, delayMs);
    else if (first > STRAGGLER_DELAYS * delayMs) answer(first, STRAGGLER_DELAYS * delayMs);
    else latencies.record(first);
  }
  return { late: late.length, atOnce, hedges };
}

/**
 * A leaf's latency with hedges at one of the moments: the first answer counts, of a call to each replica and no more than the policy has
 * side by side, each begun when the one before is late. (A call more to a replica that is busy with this question waits behind that, and
 * counts for nothing here.)
 */
export function hedgedAt(
  { longerThan }: LatencyModel,
  { delayMs, atOnce }: HedgingMoment,
  replicas: number,
): (ms: number) => number {
  const alone = (ms: number): number => (ms <= 0 ? 1 : longerThan(ms));
  const withMore = (ms: number, more: number): number => {
    const first = alone(ms);
    if (more === 0 || ms <= delayMs) return first;
    const hedge = withMore(ms - delayMs, more - 1);
    const later = withMore(ms - STRAGGLER_DELAYS * delayMs, more - 1);
    return first * (atOnce * hedge + (1 - atOnce) * later);
  };
  const more = Math.min(replicas, SIDE_BY_SIDE_MAX) - 1;
  return (ms) => withMore(ms, more);
}
