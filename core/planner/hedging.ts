/**
 * What hedging makes of a leaf's latency, by the policy's own numbers and code (core/scatter). The delay after which a branch hedges is read
 * off a histogram of some thousand calls, and hedges are paid for with tokens; both waver, and where they do, stragglers are waited for. So
 * a few thousand searches are played through, without a clock: they tell how often which delay holds, and how often there is a token then.
 */
import { BRANCH_LEAVES_MAX } from "../contracts/branch.ts";
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
  /** Of the calls that take longer than that, how many are hedged at once; the others wait for a token, three times as long in all. */
  tokens: number;
}

export interface Hedging {
  moments: HedgingMoment[];
  /** The share of the late calls that are hedged at once. */
  atOnce: number;
  /** Hedges a call. */
  hedges: number;
}

/** A branch hedges what has not come after its delay, else what has not come after twice as long more. */
const STRAGGLER_DELAYS = 3;

/**
 * Calls that are played through, after those from which the histogram learns. How many tokens there are is a random walk over a bucket's size:
 * to forget where it began takes calls by the square of that. From some 110 leaves on the most is too few for it.
 */
const CALLS_MIN = 200_000;
const CALLS_MAX = 1_000_000;
const CALLS_A_SQUARE = 60;
/** As many of them more come before those that count. */
const UNCOUNTED = 0.25;
const WARM_UP_CALLS = 5_000;

/** Points of the distribution from which calls are drawn. */
const POINTS = 4_096;

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
  const probation = new Probation(leaves);
  const moments = new Map<string, HedgingMoment>();
  const wanted = Math.min(CALLS_MAX, Math.max(CALLS_MIN, CALLS_A_SQUARE * (HEDGE_BURST + leaves) ** 2));
  let [calls, hedges, late, atOnce, searches] = [-UNCOUNTED * wanted, 0, 0, 0, 0];
  for (let call = 0; call < WARM_UP_CALLS; call++) latencies.record(draw());
  while (calls < wanted) {
    const delayMs = Math.max(HEDGE_DELAY_MS_MIN, latencies.quantile(SCATTER_POLICY.hedgeQuantile));
    const seen = playSearch(leaves, delayMs, { draw, latencies, tokens, probation });
    calls += leaves;
    if (calls < 0) continue;
    searches += 1;
    hedges += seen.hedges;
    late += seen.late;
    atOnce += seen.atOnce;
    const key = `${delayMs} ${seen.tokens}`;
    const moment = moments.get(key) ?? { share: 0, delayMs, tokens: seen.tokens };
    moment.share += 1;
    moments.set(key, moment);
  }
  return {
    moments: [...moments.values()].map((moment) => ({ ...moment, share: moment.share / searches })),
    atOnce: late === 0 ? 1 : atOnce / late,
    hedges: hedges / calls,
  };
}

interface Play {
  draw: () => number;
  latencies: Latencies;
  tokens: Budget;
  probation: Probation;
}

/** One search of calls that are all sent at once: what is late asks for a token, first after the delay, then as a straggler. */
function playSearch(
  leaves: number,
  delayMs: number,
  { draw, latencies, tokens, probation }: Play,
): { tokens: number; late: number; atOnce: number; hedges: number } {
  const late: { leaf: number; first: number }[] = [];
  for (let leaf = 0; leaf < leaves; leaf++) {
    tokens.earn();
    const first = draw();
    if (first > delayMs) late.push({ leaf, first });
    else latencies.record(first);
  }
  probation.canary();
  const modest = Math.max(0, Math.floor(tokens.left - HEDGE_RESERVE));
  let [atOnce, hedges] = [0, 0];
  for (const { leaf, first } of late) {
    const isAtOnce = tokens.take(HEDGE_RESERVE);
    const afterMs = isAtOnce ? delayMs : STRAGGLER_DELAYS * delayMs;
    if (isAtOnce) atOnce += 1;
    if (isAtOnce || (first > afterMs && tokens.take())) hedges += 1;
    if (first <= afterMs) {
      latencies.record(first);
      continue;
    }
    const hedge = draw();
    const hedgeMs = Math.min(first - afterMs, hedge);
    // A hedge is hedged as any call.
    const again = hedgeMs > delayMs && tokens.take(HEDGE_RESERVE);
    if (again || (hedgeMs > STRAGGLER_DELAYS * delayMs && tokens.take())) hedges += 1;
    latencies.record(afterMs + hedgeMs);
    if (afterMs + hedge < first) {
      latencies.record(hedge);
      probation.lost(leaf);
    } else if (!probation.has(leaf)) latencies.record(hedgeMs);
  }
  return { tokens: modest, late: late.length, atOnce, hedges };
}

/**
 * Leaves of which a replica has lost to its hedge, and is on probation: it takes no first calls, and what is given up there does not count for
 * the delay. A canary a branch and search brings one back, except where all of the branch's calls are taken by leaves, which then take the
 * canary's, too.
 */
class Probation {
  private readonly leaves = new Set<number>();
  /** The first leaf of the branch that has room for a canary. */
  private readonly roomFrom: number;

  constructor(leaves: number) {
    this.roomFrom = leaves - (leaves % BRANCH_LEAVES_MAX);
  }

  has(leaf: number): boolean {
    return this.leaves.has(leaf);
  }

  lost(leaf: number): void {
    this.leaves.add(leaf);
  }

  canary(): void {
    for (const leaf of this.leaves) {
      if (leaf < this.roomFrom) continue;
      this.leaves.delete(leaf);
      return;
    }
  }
}

/**
 * The share of the searches of which at least one leaf takes longer, hedges included. Calls of one search share its tokens: either nearly all that
 * are late are hedged at once, or nearly none. So it is summed up over how many are late, which is binomially distributed, for each
 * number of tokens.
 */
export function slowestHedged(
  { longerThan }: LatencyModel,
  { moments, atOnce }: Hedging,
  { leaves, replicas }: { leaves: number; replicas: number },
): (ms: number) => number {
  const byDelay = [...Map.groupBy(moments, ({ delayMs }) => delayMs)].map(([delayMs, own]) => {
    const late = longerThan(delayMs);
    return { delayMs, own, late, weights: binomial(leaves, late) };
  });
  const more = Math.min(replicas, SIDE_BY_SIDE_MAX) - 1;
  return (ms) =>
    byDelay.reduce((sum, { delayMs, own, late, weights }) => {
      const hedged = (after: number): number =>
        (longerThan(ms) / late) * hedgedAt({ longerThan }, { delayMs, atOnce }, more - 1)(ms - after);
      const longer =
        ms <= delayMs || late === 0
          ? undefined
          : longerByTokens(weights, hedged(delayMs), hedged(STRAGGLER_DELAYS * delayMs));
      const none = -Math.expm1(leaves * Math.log1p(-Math.min(1, longerThan(ms))));
      return own.reduce(
        (part, { share, tokens }) => part + share * (longer?.[Math.min(tokens, longer.length - 1)] ?? none),
        sum,
      );
    }, 0);
}

/**
 * A call's latency with so many more to other replicas at most, each begun when the one before is late: the first answer counts. (A call
 * more to a replica that is busy with this question waits behind that, and counts for nothing here.)
 */
function hedgedAt(
  { longerThan }: Pick<LatencyModel, "longerThan">,
  { delayMs, atOnce }: { delayMs: number; atOnce: number },
  more: number,
): (ms: number) => number {
  const withMore = (ms: number, left: number): number => {
    const first = ms <= 0 ? 1 : longerThan(ms);
    if (left <= 0 || ms <= delayMs) return first;
    const hedge = withMore(ms - delayMs, left - 1);
    const later = withMore(ms - STRAGGLER_DELAYS * delayMs, left - 1);
    return first * (atOnce * hedge + (1 - atOnce) * later);
  };
  return (ms) => withMore(ms, more);
}

/** The chances that 0, 1, … of so many do what each does with this chance, as far as they matter. */
function binomial(count: number, chance: number): Float64Array {
  const mean = count * chance;
  const most = Math.min(count, Math.ceil(mean + DEVIATIONS * Math.sqrt(mean) + DEVIATIONS));
  const weights = new Float64Array(most + 1);
  let logarithm = count * Math.log1p(-chance);
  for (let several = 0; several <= most; several++) {
    weights[several] = Math.exp(logarithm);
    logarithm += Math.log((count - several) / (several + 1)) + Math.log(chance) - Math.log1p(-chance);
  }
  return weights;
}

/** Beyond so many standard deviations nothing is left that a double would show. */
const DEVIATIONS = 10;

/**
 * By the number of tokens, the chance that a late call takes longer, where `weights` are the chances that so many are late, `hedged` that one with a
 * token takes longer, and `waiting` that one without does. Sums of what is not negative, so that small chances are exact.
 */
function longerByTokens(weights: Float64Array, hedged: number, waiting: number): Float64Array {
  const most = weights.length - 1;
  // Of more than `tokens` late calls: their chance, and with it that one of those without a token takes longer.
  const above = new Float64Array(most + 1);
  const without = new Float64Array(most + 1);
  for (let tokens = most; tokens > 0; tokens--) {
    const chance = (above[tokens] ?? 0) + (weights[tokens] ?? 0);
    above[tokens - 1] = chance;
    without[tokens - 1] = waiting * chance + (1 - waiting) * (without[tokens] ?? 0);
  }
  const longer = new Float64Array(most + 1);
  // Up to `tokens` late calls: that one takes longer. `any`: that one of `tokens` does.
  let [few, any] = [0, 0];
  for (let tokens = 0; tokens <= most; tokens++) {
    few += (weights[tokens] ?? 0) * any;
    longer[tokens] = few + any * (above[tokens] ?? 0) + (1 - any) * (without[tokens] ?? 0);
    any = hedged + (1 - hedged) * any;
  }
  return longer;
}
