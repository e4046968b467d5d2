/** Prometheus's text format, version 0.0.4 (prometheus.io/docs/instrumenting/exposition_formats). */
import type { MetricValues } from "../contracts/metrics.ts";
import { definitionOf, METRICS, type MetricDefinition, type MetricName } from "./definitions.ts";

export const EXPOSITION_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** Every metric that has a series, with its help and type, in the order of their definition; series by their names. */
export function expositionText(values: MetricValues): string {
  const byMetric = new Map<string, string[]>();
  for (const key of [values.counters, values.gauges, values.histograms].flatMap(Object.keys).toSorted()) {
    const name = metricOf(key);
    const keys = byMetric.get(name);
    if (keys === undefined) byMetric.set(name, [key]);
    else keys.push(key);
  }
  let text = "";
  // The keys of METRICS are its names.
  for (const name of Object.keys(METRICS) as MetricName[]) {
    const definition = definitionOf(name);
    const keys = byMetric.get(name);
    if (keys === undefined) continue;
    text += `# HELP ${name} ${definition.help}\n# TYPE ${name} ${definition.type}\n`;
    for (const key of keys) text += linesOf(key, definition, values);
  }
  return text;
}

export function metricOf(key: string): string {
  const brace = key.indexOf("{");
  return brace < 0 ? key : key.slice(0, brace);
}

function linesOf(key: string, definition: MetricDefinition, values: MetricValues): string {
  if (definition.type === "counter") return `${key} ${values.counters[key] ?? 0}\n`;
  if (definition.type === "gauge") return `${key} ${values.gauges[key] ?? 0}\n`;
  const counts = values.histograms[key] ?? [];
  const bounds = [...definition.buckets.map(String), "+Inf"];
  let total = 0;
  let text = "";
  for (const [n, bound] of bounds.entries()) {
    total += counts[n] ?? 0;
    text += `${extended(key, "_bucket", `le="${bound}"`)} ${total}\n`;
  }
  return `${text}${extended(key, "_sum")} ${counts[bounds.length] ?? 0}\n${extended(key, "_count")} ${total}\n`;
}

/** A series' key with an ending to its name, and one more label. */
function extended(key: string, ending: string, label?: string): string {
  const name = metricOf(key);
  const labels = [key.slice(name.length + 1, -1), label].filter((part) => part !== undefined && part !== "");
  return labels.length === 0 ? `${name}${ending}` : `${name}${ending}{${labels.join(",")}}`;
}
