/**
 * What an isolate counts, until it sends it. Counting is one look into a map; sending is seldom, and one call. Each
 * isolate of each Worker has one, for as long as it lives.
 */
import type { MetricValues, MetricsBatch } from "../contracts/metrics.ts";
import {
  definitionOf,
  type CounterName,
  type GaugeName,
  type HistogramName,
  type LabelsOf,
  type MetricName,
} from "./definitions.ts";
import { seriesKey } from "./series.ts";

/** Series that an isolate keeps between two sendings: some 200 KB. What is beyond is counted as dropped. */
const SERIES_MAX = 2_000;

/**
 * How long what is counted waits to be sent, at least: at a hundred requests to Durable Objects a second and more, one
 * in a thousand is for metering. Within the 30 s that a Worker may go on after its answer.
 */
export const SEND_AFTER_MS = 5_000;

export class Meter {
  private readonly isolate: string;
  private values = emptyValues();
  private series = 0;
  private sequence = 0;
  private unconfirmed: MetricsBatch | undefined;
  private sendsAt: number | undefined;

  constructor(isolate: string) {
    this.isolate = isolate;
  }

  count<N extends CounterName>(name: N, labels: LabelsOf<N>, by = 1): void {
    if (by === 0) return;
    const key = this.keyOf(this.values.counters, name, labels);
    if (key !== undefined) this.values.counters[key] = (this.values.counters[key] ?? 0) + by;
  }

  set<N extends GaugeName>(name: N, labels: LabelsOf<N>, value: number): void {
    const key = this.keyOf(this.values.gauges, name, labels);
    if (key !== undefined) this.values.gauges[key] = value;
  }

  observe<N extends HistogramName>(name: N, labels: LabelsOf<N>, value: number): void {
    const key = this.keyOf(this.values.histograms, name, labels);
    if (key === undefined) return;
    const buckets = bucketsOf(name);
    const counts = (this.values.histograms[key] ??= Array.from({ length: buckets.length + 2 }, () => 0));
    const bucket = buckets.findIndex((bound) => value <= bound);
    const at = bucket < 0 ? buckets.length : bucket;
    counts[at] = (counts[at] ?? 0) + 1;
    counts[buckets.length + 1] = (counts[buckets.length + 1] ?? 0) + value;
  }

  /** Whether somebody is to send now, or after a while; whoever is told a time is the one to do so then. */
  due(now: number): "nothing" | "later" | "scheduled" {
    if (this.series === 0 && this.unconfirmed === undefined) return "nothing";
    // Whoever was to send it may have ended before.
    if (this.sendsAt !== undefined && now < this.sendsAt + SEND_AFTER_MS) return "scheduled";
    this.sendsAt = now + SEND_AFTER_MS;
    return "later";
  }

  /** Sends what there is. Never rejects: what could not be sent stays, and goes with the next. */
  async send(record: (batch: string) => Promise<void>): Promise<void> {
    this.sendsAt = undefined;
    if (this.unconfirmed === undefined) {
      if (this.series === 0) return;
      this.sequence += 1;
      this.unconfirmed = { isolate: this.isolate, sequence: this.sequence, values: this.values };
      this.values = emptyValues();
      this.series = 0;
    }
    const sent = this.unconfirmed;
    try {
      await record(JSON.stringify(sent));
      if (this.unconfirmed === sent) this.unconfirmed = undefined;
    } catch (error) {
      console.error(JSON.stringify({ event: "metrics-not-sent", error: String(error) }));
    }
  }

  private keyOf<N extends MetricName>(
    kept: Record<string, unknown>,
    name: N,
    labels: LabelsOf<N>,
  ): string | undefined {
    const key = seriesKey(name, labels);
    if (kept[key] !== undefined) return key;
    if (this.series >= SERIES_MAX) {
      const { counters } = this.values;
      counters["umbel_metrics_dropped_total"] = (counters["umbel_metrics_dropped_total"] ?? 0) + 1;
      return undefined;
    }
    this.series += 1;
    return key;
  }
}

export function bucketsOf(name: MetricName): readonly number[] {
  const definition = definitionOf(name);
  return definition.type === "histogram" ? definition.buckets : [];
}

/** Keys are series: none is named like a property of `Object.prototype`. */
function emptyValues(): MetricValues {
  return { counters: {}, gauges: {}, histograms: {} };
}
