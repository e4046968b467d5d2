/** What rules compare: one number of all series of a group. */
import type { Measure, MetricSelection } from "../contracts/alerts.ts";
import { definitionOf, type MetricName } from "../metrics/definitions.ts";
import { addCounted, countOf, nothingCounted, quantileOf, type Counted } from "../metrics/values.ts";
import { groupSeries, type Group } from "./groups.ts";

/** What a rule looks at. */
export interface Sight {
  /** What was counted in the last seconds. */
  during(seconds: number): Counted;
  gauges: Readonly<Record<string, number>>;
}

export interface Measured {
  labels: Record<string, string>;
  value: number;
  /** How many values of a histogram it stands on. */
  values: number;
}

const QUANTILES = { p50: 0.5, p90: 0.9, p95: 0.95, p99: 0.99 } as const;

/** By group: the measure of all its series together. Groups of which nothing is known are left out. */
export function measureGroups(
  sight: Sight,
  selection: MetricSelection,
  by: readonly string[],
  measure: Measure,
  seconds: number,
): Map<string, Measured> {
  const { metric } = selection;
  if (definitionOf(metric).type === "gauge") {
    // Of gauges the worst counts: queues that are empty do not make up for a full one.
    return measured(groupSeries(sight.gauges, selection, by), (values) => Math.max(...values));
  }
  const counted = sight.during(seconds);
  if (definitionOf(metric).type === "histogram")
    return measureHistograms(groupSeries(counted.histograms, selection, by), metric, measure, seconds);
  return measured(groupSeries(counted.counters, selection, by), (values) => {
    const increase = values.reduce((sum, value) => sum + value, 0);
    return measure === "rate" ? increase / seconds : increase;
  });
}

function measureHistograms(
  groups: Map<string, Group<number[]>>,
  metric: MetricName,
  measure: Measure,
  seconds: number,
): Map<string, Measured> {
  const definition = definitionOf(metric);
  const buckets = definition.type === "histogram" ? definition.buckets : [];
  const result = new Map<string, Measured>();
  for (const [key, { labels, values }] of groups) {
    const counts = added(values);
    const count = countOf(counts);
    const value = measureOf(counts, count, buckets, measure, seconds);
    if (value !== undefined) result.set(key, { labels, value, values: count });
  }
  return result;
}

function measureOf(
  counts: readonly number[],
  count: number,
  buckets: readonly number[],
  measure: Measure,
  seconds: number,
): number | undefined {
  switch (measure) {
    case "increase":
      return count;
    case "rate":
      return count / seconds;
    case "mean":
    case "value":
      return count === 0 ? undefined : (counts.at(-1) ?? 0) / count;
    default:
      return quantileOf(counts, buckets, QUANTILES[measure]);
  }
}

function added(values: readonly number[][]): number[] {
  const sum = nothingCounted();
  for (const counts of values) addCounted(sum, { counters: {}, histograms: { all: counts } });
  return sum.histograms["all"] ?? [];
}

function measured(
  groups: Map<string, Group<number>>,
  valueOf: (values: number[]) => number,
): Map<string, Measured> {
  return new Map(
    [...groups].map(([key, { labels, values }]) => [
      key,
      { labels, value: valueOf(values), values: values.length },
    ]),
  );
}
