/**
 * Every metric that Umbel has: names and units by Prometheus's conventions (prometheus.io/docs/practices/naming), help,
 * labels in the order in which series show them. What is not listed here can't be counted, shown or ruled on.
 */

interface CounterDefinition {
  type: "counter";
  help: string;
  labels: readonly string[];
}

interface GaugeDefinition {
  type: "gauge";
  help: string;
  labels: readonly string[];
}

interface HistogramDefinition {
  type: "histogram";
  help: string;
  labels: readonly string[];
  /** Upper bounds, ascending; what is above the last is counted, too. */
  buckets: readonly number[];
}

export type MetricDefinition = CounterDefinition | GaugeDefinition | HistogramDefinition;

/** Seconds of answers: a search of some ms and a call that ends at the longest deadline fall into different buckets. */
const ANSWER_SECONDS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30] as const;

/** Seconds of what happens behind an answer: an event may wait for an hour, and for the sink's next try. */
const WAIT_SECONDS = [0.01, 0.05, 0.1, 0.5, 1, 2, 5, 10, 30, 60, 300, 900, 3600] as const;

const counter = <const L extends readonly string[]>(help: string, labels: L) =>
  ({ type: "counter", help, labels }) as const;
const gauge = <const L extends readonly string[]>(help: string, labels: L) =>
  ({ type: "gauge", help, labels }) as const;
const histogram = <const L extends readonly string[]>(help: string, labels: L, buckets: readonly number[]) =>
  ({ type: "histogram", help, labels, buckets }) as const;

export const METRICS = {
  umbel_http_requests_total: counter("Requests to the public API.", ["method", "route", "status"]),
  umbel_http_request_duration_seconds: histogram(
    "From a request to its answer.",
    ["method", "route"],
    ANSWER_SECONDS,
  ),

  umbel_searches_total: counter("Searches, by how they ended: complete, partial, failed or refused.", [
    "collection",
    "outcome",
  ]),
  umbel_search_duration_seconds: histogram("From a search to its answer.", ["collection"], ANSWER_SECONDS),
  umbel_search_coverage_ratio: histogram(
    "Share of the collection's documents that an answer stands on.",
    ["collection"],
    [0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 1],
  ),
  umbel_search_second_waves_total: counter("Leaves that a search asked a second time, for exactness.", [
    "collection",
  ]),
  umbel_scatters_total: counter("Functions run beside the data, by how they ended.", [
    "collection",
    "outcome",
  ]),

  umbel_leaf_calls_total: counter("Calls to leaves, by why they were made and what became of them.", [
    "collection",
    "kind",
    "state",
  ]),
  umbel_leaf_call_duration_seconds: histogram(
    "From a call to a leaf to its answer, failure or abandonment.",
    ["collection", "shard"],
    ANSWER_SECONDS,
  ),
  umbel_leaf_hedges_total: counter("Calls sent again because the first was slow.", ["collection"]),
  umbel_leaf_retries_total: counter("Calls sent again because the first failed.", ["collection"]),

  umbel_documents_written_total: counter("Documents written or refused, by outcome.", [
    "collection",
    "outcome",
  ]),
  umbel_leaf_segments: gauge("Segments of a leaf.", ["collection", "shard", "replica"]),
  umbel_leaf_bytes: gauge("Bytes that a leaf stores.", ["collection", "shard", "replica"]),
  umbel_leaf_flushes_total: counter("Live segments written out.", ["collection"]),
  umbel_leaf_merges_total: counter("Merges of segments that were finished.", ["collection"]),

  umbel_events_total: counter("Events by state: accepted, delivered, filtered or dead.", [
    "topic",
    "pipeline",
    "state",
  ]),
  umbel_event_bytes_total: counter("Bytes of events that were accepted, as JSON.", ["topic"]),
  umbel_event_lag_seconds: histogram(
    "From an event's acceptance to the run that settled it.",
    ["pipeline"],
    WAIT_SECONDS,
  ),
  umbel_event_retries_total: counter("Runs of events that are to be tried again.", ["pipeline"]),
  umbel_step_runs_total: counter("Runs of a pipeline's steps, by decorator, its version and outcome.", [
    "pipeline",
    "decorator",
    "version",
    "outcome",
  ]),
  umbel_step_duration_seconds: histogram(
    "Time of a step.",
    ["pipeline", "decorator", "version"],
    ANSWER_SECONDS,
  ),
  umbel_deliveries_total: counter("Deliveries to sinks, by kind of sink and outcome.", [
    "pipeline",
    "sink",
    "outcome",
  ]),
  umbel_delivery_duration_seconds: histogram("Time of a delivery.", ["pipeline", "sink"], ANSWER_SECONDS),
  umbel_decorations_total: counter("Documents and searches that went through a collection's own pipeline.", [
    "collection",
    "pipeline",
    "outcome",
  ]),
  umbel_dead_letters_total: counter("Events that could not be delivered.", ["pipeline"]),
  umbel_pipeline_parked_events_total: counter(
    "Events that came, or were replayed, while a budget made their pipeline wait.",
    ["pipeline"],
  ),

  umbel_function_calls_total: counter("Calls to users' functions, by version and outcome.", [
    "function",
    "version",
    "outcome",
  ]),
  umbel_function_duration_seconds: histogram(
    "Time of a call to a user's function.",
    ["function", "version"],
    ANSWER_SECONDS,
  ),

  // What is billed, by what it was used for: a collection, a topic, a pipeline or the platform itself.
  umbel_worker_requests_total: counter("Requests to the public API, as they are billed.", ["kind", "name"]),
  umbel_durable_object_requests_total: counter("Requests to Durable Objects, as they are billed.", [
    "kind",
    "name",
  ]),
  umbel_durable_object_seconds_total: counter("Time in which Durable Objects served requests.", [
    "kind",
    "name",
  ]),
  umbel_rows_read_total: counter("SQLite rows read, as they are billed.", ["kind", "name"]),
  umbel_rows_written_total: counter("SQLite rows written, as they are billed.", ["kind", "name"]),
  umbel_queue_operations_total: counter("Queue operations of 64 KB, as they are billed.", ["kind", "name"]),

  umbel_budget_used_ratio: gauge(
    "Share of a day's budget that is used up; from 1 on it stops what it is for.",
    ["kind", "name"],
  ),

  umbel_spans_dropped_total: counter("Spans that could not be sent to the collector.", []),
  umbel_metrics_series: gauge("Series that are kept.", []),
  umbel_metrics_dropped_total: counter("Values of series beyond the number that is kept.", []),
} as const satisfies Record<string, MetricDefinition>;

export type MetricName = keyof typeof METRICS;

type NamesOf<Type> = { [N in MetricName]: (typeof METRICS)[N]["type"] extends Type ? N : never }[MetricName];
export type CounterName = NamesOf<"counter">;
export type GaugeName = NamesOf<"gauge">;
export type HistogramName = NamesOf<"histogram">;

/** The labels of a metric, each with its value. */
export type LabelsOf<N extends MetricName> = Record<(typeof METRICS)[N]["labels"][number], string | number>;

export function isMetricName(name: string): name is MetricName {
  return Object.hasOwn(METRICS, name);
}

/** A metric's definition, without what its own name makes special. */
export function definitionOf(name: MetricName): MetricDefinition {
  return METRICS[name];
}
