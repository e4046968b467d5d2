/** What was seen flowing, from what was counted in a window. */
import { groupSeries, type Group } from "../../core/alerts/groups.ts";
import { bucketsOf } from "../../core/metrics/meter.ts";
import type { MetricName } from "../../core/metrics/definitions.ts";
import { addCounted, nothingCounted, quantileOf, type Counted } from "../../core/metrics/values.ts";
import { sinkNode, stepNode } from "./declared.ts";
import type { Flow, GraphBuilder } from "./graph.ts";

/** Names that are not a metric's outcome of success. */
const BAD = new Set(["failed", "dead", "rejected", "error"]);

export function addObserved(graph: GraphBuilder, counted: Counted, seconds: number): void {
  const flows = (metric: MetricName, by: string[], outcome: string) =>
    flowsOf(counted, { metric, by, outcome, seconds });

  for (const { labels, flow } of flows("umbel_events_total", ["topic", "pipeline"], "state")) {
    const topic = graph.node("topic", labels["topic"] ?? "", false);
    // What a topic takes in is counted without a pipeline.
    if (labels["pipeline"] === "" || labels["pipeline"] === undefined) continue;
    const pipeline = graph.node("pipeline", labels["pipeline"], false);
    graph.observe(topic, pipeline, "takes", { ...flow, ...lagOf(counted, labels["pipeline"]) });
  }
  for (const { labels, flow } of flows("umbel_step_runs_total", ["pipeline", "decorator"], "outcome")) {
    const pipeline = graph.node("pipeline", labels["pipeline"] ?? "", false);
    graph.observe(pipeline, stepNode(graph, labels["decorator"] ?? "", false), "runs", flow);
  }
  for (const { labels, flow } of flows("umbel_deliveries_total", ["pipeline", "sink"], "outcome")) {
    const pipeline = graph.node("pipeline", labels["pipeline"] ?? "", false);
    const target = sinkNode(graph, labels["sink"] ?? "", false);
    if (target !== undefined) graph.observe(pipeline, target, "delivers", flow);
  }
  for (const { labels, flow } of flows("umbel_decorations_total", ["collection", "pipeline"], "outcome")) {
    const collection = graph.node("collection", labels["collection"] ?? "", false);
    graph.observe(collection, graph.node("pipeline", labels["pipeline"] ?? "", false), "decorates", flow);
  }
}

/** By the labels of an edge: how much, and how much of it went wrong. */
function flowsOf(
  { counters }: Counted,
  { metric, by, outcome, seconds }: { metric: MetricName; by: string[]; outcome: string; seconds: number },
): { labels: Record<string, string>; flow: Flow }[] {
  const bad = new Map<string, number>();
  const groups = groupSeries(counters, { metric }, [...by, ...(outcome === "" ? [] : [outcome])]);
  const edges = new Map<string, Group<number>>();
  for (const { labels: all, values } of groups.values()) {
    const labels = Object.fromEntries(by.map((label) => [label, all[label] ?? ""]));
    const key = JSON.stringify(labels);
    const edge = edges.get(key) ?? { labels, values: [] };
    edge.values.push(...values);
    edges.set(key, edge);
    if (BAD.has(all[outcome] ?? "")) bad.set(key, (bad.get(key) ?? 0) + sum(values));
  }
  return [...edges].map(([key, { labels, values }]) => {
    const count = sum(values);
    const errorShare = count === 0 ? 0 : (bad.get(key) ?? 0) / count;
    return { labels, flow: { count, perSecond: count / seconds, errorShare } };
  });
}

function lagOf({ histograms }: Counted, pipeline: string): { lagSeconds?: number } {
  const metric = "umbel_event_lag_seconds";
  const all = nothingCounted();
  for (const { values } of groupSeries(histograms, { metric, where: { pipeline } }, []).values()) {
    for (const counts of values) addCounted(all, { counters: {}, histograms: { all: counts } });
  }
  const lagSeconds = quantileOf(all.histograms["all"] ?? [], bucketsOf(metric), 0.95);
  return lagSeconds === undefined ? {} : { lagSeconds };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
