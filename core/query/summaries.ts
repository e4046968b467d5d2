/**
 * What is remembered of the values that an aggregation has met. A summary is a function of the values alone, not of
 * their order, so that leaves' summaries merge into the one that a single leaf would have made, bit for bit.
 */
import { mergeDistinct, type Distinct, type DistinctPrecision } from "./distinct.ts";
import { mergeQuantiles, type Quantiles } from "./quantiles.ts";

/** Plain data that crosses Workers. `count` is of values. */
export type Summary =
  | { kind: "count"; count: number }
  | { kind: "least" | "greatest"; count: number; value: number | null }
  /** In units of 2^-1074. */
  | { kind: "sum"; count: number; sum: bigint }
  | { kind: "distinct"; count: number; state: Distinct }
  | { kind: "quantiles"; count: number; state: Quantiles };

/** How much is exact before a sketch takes over. */
export interface Precision {
  distinct: DistinctPrecision;
  /** Numbers whose percentiles are exact. */
  quantileValuesMax: number;
}

/** For everything: at most 128 KB of numbers, half a megabyte of texts, 16 KB of registers. */
const PRECISION: Precision = {
  distinct: { valuesMax: 4_096, unitsMax: 2 ** 18, registerBits: 14 },
  quantileValuesMax: 16_384,
};

/** For each of 100 groups: at most 4 KB of numbers, 16 KB of texts, 4 KB of registers. */
const GROUP_PRECISION: Precision = {
  distinct: { valuesMax: 512, unitsMax: 2 ** 13, registerBits: 12 },
  quantileValuesMax: 512,
};

export function precisionOf(grouped: boolean): Precision {
  return grouped ? GROUP_PRECISION : PRECISION;
}

/** The summary of the values of both. They are of one kind and one precision. */
export function mergeSummaries(a: Summary, b: Summary, precision: Precision): Summary {
  const count = a.count + b.count;
  if (a.kind === "count" && b.kind === "count") return { kind: "count", count };
  if (a.kind === "sum" && b.kind === "sum") return { kind: "sum", count, sum: a.sum + b.sum };
  if (a.kind === "distinct" && b.kind === "distinct") {
    return { kind: "distinct", count, state: mergeDistinct(a.state, b.state, precision.distinct) };
  }
  if (a.kind === "quantiles" && b.kind === "quantiles") {
    return { kind: "quantiles", count, state: mergeQuantiles(a.state, b.state, precision.quantileValuesMax) };
  }
  if ((a.kind === "least" || a.kind === "greatest") && a.kind === b.kind) {
    return { kind: a.kind, count, value: extreme(a.kind, a.value, b.value) };
  }
  throw new Error(`summaries of different kinds: ${a.kind} and ${b.kind}`);
}

/** The lesser or the greater of two; null is none. */
export function extreme(kind: "least" | "greatest", a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b;
  return kind === "least" ? Math.min(a, b) : Math.max(a, b);
}
