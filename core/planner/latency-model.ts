/** How long a leaf's calls take, as a planner sees it: a distribution. Times are milliseconds. */

export interface LatencyModel {
  /** The share of the calls that take longer than this. */
  longerThan: (ms: number) => number;
  meanMs: number;
}

/** The standard normal distribution's 99th percentile. */
const Z_99 = 2.3263478740408408;

/** What is known of a leaf: its median and 99th percentile, and the time that no call is below. */
export interface LeafLatency {
  p50: number;
  p99: number;
  floor?: number;
}

/**
 * A log-normal distribution above a floor, which has this median and this 99th percentile. Service times are products of many
 * causes, which is where log-normal ones come from, and the floor is the way there and back (Johnson, Kotz and Balakrishnan, "Continuous
 * Univariate Distributions", chapter 14: the three-parameter form). A query's own tail may be heavier far beyond the 99th percentile.
 */
export function logNormal({ p50, p99, floor = 0 }: LeafLatency): LatencyModel {
  const median = p50 - floor;
  const spread = Math.log((p99 - floor) / median) / Z_99;
  return {
    longerThan: (ms) => {
      if (ms <= floor) return 1;
      const logarithm = Math.log((ms - floor) / median);
      if (spread === 0) return logarithm < 0 ? 1 : 0;
      return normalTail(logarithm / spread);
    },
    meanMs: floor + median * Math.exp(spread ** 2 / 2),
  };
}

/** The same calls, each so much longer (or shorter, where it is negative), and none below `floor`. */
export function shifted(model: LatencyModel, byMs: number, floor = 0): LatencyModel {
  return {
    longerThan: (ms) => (ms < floor ? 1 : model.longerThan(ms - byMs)),
    meanMs: Math.max(floor, model.meanMs + byMs),
  };
}

/** The time that this share of the calls (0 to 1, both excluded) takes at most. `longerThan` falls from 1 to 0. */
export function quantileOf(longerThan: (ms: number) => number, share: number): number {
  const tail = 1 - share;
  let high = 1;
  while (longerThan(high) > tail && high < MS_MAX) high *= 2;
  let low = 0;
  for (let step = 0; step < HALVINGS; step++) {
    const middle = (low + high) / 2;
    if (longerThan(middle) > tail) low = middle;
    else high = middle;
  }
  return high;
}

/** Ten thousand years: whatever is asked for ends there. */
const MS_MAX = 2 ** 48;

/** A double's half of them: enough for a relative error of a thousandth of a millisecond in a day. */
const HALVINGS = 48;

/**
 * The share of a standard normal distribution above `z`, within 1.2e-7 of itself however small it is (Press et al., "Numerical
 * Recipes", section 6.2: erfc by Chebyshev's polynomials).
 */
function normalTail(z: number): number {
  const x = Math.abs(z) / Math.SQRT2;
  const t = 1 / (1 + x / 2);
  const polynomial = ERFC.reduceRight((sum, coefficient) => sum * t + coefficient, 0);
  const upper = (t * Math.exp(-x * x + polynomial)) / 2;
  return z >= 0 ? upper : 1 - upper;
}

const ERFC = [
  -1.26551223, 1.00002368, 0.37409196, 0.09678418, -0.18628806, 0.27886807, -1.13520398, 1.48851587,
  -0.82215223, 0.17087277,
] as const;
