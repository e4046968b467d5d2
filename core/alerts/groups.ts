/** The series that a rule means, by the labels that make alerts of their own. */
import type { MetricSelection } from "../contracts/alerts.ts";
import { parseSeries, type Series } from "../metrics/series.ts";

export interface Group<T> {
  labels: Record<string, string>;
  values: T[];
}

/** Groups those of `values`, by series, that a selection means; each with the labels that it was grouped by. */
export function groupSeries<T>(
  values: Readonly<Record<string, T>>,
  { metric, where = {} }: MetricSelection,
  by: readonly string[],
): Map<string, Group<T>> {
  const groups = new Map<string, Group<T>>();
  for (const [key, value] of Object.entries(values)) {
    if (!key.startsWith(metric)) continue;
    const series = parsed(key);
    if (series?.name !== metric) continue;
    if (Object.entries(where).some(([label, wanted]) => series.labels[label] !== wanted)) continue;
    const labels = Object.fromEntries(by.map((label) => [label, series.labels[label] ?? ""]));
    const name = groupKey(labels);
    const group = groups.get(name);
    if (group === undefined) groups.set(name, { labels, values: [value] });
    else group.values.push(value);
  }
  return groups;
}

/** Tells groups apart; the order of labels is that of the rule's `by`. */
export function groupKey(labels: Record<string, string>): string {
  return JSON.stringify(Object.entries(labels));
}

/** Rules read the same series every minute. Bounded by what the store keeps: emptied rather than grown beyond. */
const cache = new Map<string, Series | undefined>();
const CACHE_SERIES_MAX = 10_000;

function parsed(key: string): Series | undefined {
  if (cache.has(key)) return cache.get(key);
  if (cache.size >= CACHE_SERIES_MAX) cache.clear();
  const series = parseSeries(key);
  cache.set(key, series);
  return series;
}
