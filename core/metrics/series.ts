/** A series: a metric with its labels' values, named as Prometheus's text format shows it. */
import { definitionOf, isMetricName, type LabelsOf, type MetricName } from "./definitions.ts";

/** `umbel_searches_total{collection="films",outcome="complete"}`. */
export function seriesKey<N extends MetricName>(name: N, labels: LabelsOf<N>): string {
  // `labels` has what the definition lists, by its type.
  const values = labels as Record<string, string | number>;
  const names = definitionOf(name).labels;
  if (names.length === 0) return name;
  let text = `${name}{`;
  for (const [n, label] of names.entries()) {
    text += `${n === 0 ? "" : ","}${label}="${escapeValue(String(values[label]))}"`;
  }
  return `${text}}`;
}

export interface Series {
  name: MetricName;
  labels: Record<string, string>;
}

const PAIR = /([a-z_]+)="((?:[^"\\]|\\.)*)"/g;

/** What a key says; undefined: nothing that this version knows, a metric of an earlier one. */
export function parseSeries(key: string): Series | undefined {
  const brace = key.indexOf("{");
  const name = brace < 0 ? key : key.slice(0, brace);
  if (!isMetricName(name)) return undefined;
  const labels: Record<string, string> = {};
  for (const [, label = "", value = ""] of key.matchAll(PAIR)) labels[label] = unescapeValue(value);
  return { name, labels };
}

/** Prometheus text format 0.0.4: backslash, quote and line feed are escaped. */
function escapeValue(value: string): string {
  if (!/[\\"\n]/.test(value)) return value;
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

function unescapeValue(value: string): string {
  return value.replaceAll(/\\(.)/g, (_, escaped: string) => (escaped === "n" ? "\n" : escaped));
}
