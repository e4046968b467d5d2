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
  private sentAt = -Infinity;

  constructor(isolate: string) {
    this.isolate = isolate;
  }

  count<N extends CounterName>(name: N, labels: LabelsOf<N>, by = 1): void {
    if (by !== 0) this.add(seriesKey(name, labels), by);
  }

  /** Counts in a series whose key the caller has kept: of `seriesKey` and a counter. */
  add(key: string, by: number): void {
    const { counters } = this.values;
    const counted = counters[key];
    if (counted !== undefined) counters[key] = counted + by;
    else if (by !== 0 && this.mayAdd()) counters[key] = by;
  }

  set<N extends GaugeName>(name: N, labels: LabelsOf<N>, value: number): void {
    const { gauges } = this.values;
    const key = seriesKey(name, labels);
    if (gauges[key] !== undefined || this.mayAdd()) gauges[key] = value;
  }

  observe<N extends HistogramName>(name: N, labels: LabelsOf<N>, value: number, times = 1): void {
    if (times === 0) return;
    const key = seriesKey(name, labels);
    const { histograms } = this.values;
    if (histograms[key] === undefined && !this.mayAdd()) return;
    const buckets = bucketsOf(name);
    const counts = (histograms[key] ??= Array.from({ length: buckets.length + 2 }, () => 0));
    const bucket = buckets.findIndex((bound) => value <= bound);
    const at = bucket < 0 ? buckets.length : bucket;
    counts[at] = (counts[at] ?? 0) + times;
    counts[buckets.length + 1] = (counts[buckets.length + 1] ?? 0) + value * times;
  }

  /** Whether there is something to send, and nobody has set about to. */
  isUnsent(now: number): boolean {
    if (this.series === 0 && this.unconfirmed === undefined) return false;
    return this.sendsAt === undefined || now >= this.sendsAt + SEND_AFTER_MS;
  }

  /** Whether there is something to send by whoever can't wait: nobody has set about to, and the last sending is some time ago. */
  isOverdue(now: number): boolean {
    return now >= this.sentAt + SEND_AFTER_MS && this.isUnsent(now);
  }

  /** Whether somebody is to send now, or after a while; whoever is told a time is the one to do so then. */
  due(now: number): "nothing" | "later" | "scheduled" {
    if (this.series === 0 && this.unconfirmed === undefined) return "nothing";
    return this.claim(now) ? "later" : "scheduled";
  }

  /** Whether the caller is to send after a while what there is by then; false: somebody else will. */
  claim(now: number): boolean {
    // Whoever was to send it may have ended before.
    if (this.sendsAt !== undefined && now < this.sendsAt + SEND_AFTER_MS) return false;
    this.sendsAt = now + SEND_AFTER_MS;
    return true;
  }

  /** Sends what there is. Never rejects: what could not be sent stays, and goes with the next. */
  async send(record: (batch: string) => Promise<void>): Promise<void> {
    this.sendsAt = undefined;
    this.sentAt = Date.now();
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

  /** Whether there is room for one series more. */
  private mayAdd(): boolean {
    if (this.series >= SERIES_MAX) {
      const { counters } = this.values;
      counters["umbel_metrics_dropped_total"] = (counters["umbel_metrics_dropped_total"] ?? 0) + 1;
      return false;
    }
    this.series += 1;
    return true;
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
