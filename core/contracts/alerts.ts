/** Alerts: rules over what is counted, and what they have found. */
import type { MetricName } from "../metrics/definitions.ts";

/** Series of a metric: those whose labels have these values. */
export interface MetricSelection {
  metric: MetricName;
  where?: Record<string, string>;
}

export const SEVERITIES = ["info", "warning", "critical"] as const;
export type Severity = (typeof SEVERITIES)[number];

interface CommonRule {
  /** Said in the alert. */
  summary?: string;
  severity?: Severity;
  /** A rule that is switched off is kept and not looked at. */
  enabled?: boolean;
  /** Labels that make alerts of their own: with `["pipeline"]` each pipeline fires and resolves by itself. */
  by?: string[];
}

/** What of a metric is compared. Counters have `increase` and `rate`, gauges `value`, histograms all others and `increase` and `rate`. */
export const MEASURES = ["increase", "rate", "value", "mean", "p50", "p90", "p95", "p99"] as const;
export type Measure = (typeof MEASURES)[number];

/** Fires where a measure is above or below a limit. */
export interface ThresholdRule extends CommonRule, MetricSelection {
  kind: "threshold";
  measure: Measure;
  /** The stretch of time before the evaluation that is measured. */
  overSeconds: number;
  above?: number;
  below?: number;
  /** Fires only when it was so for this long. */
  forSeconds?: number;
  /** Histograms: what fewer values say is not looked at. */
  valuesMin?: number;
}

/**
 * Fires where what may go wrong is used up too fast (Google, The Site Reliability Workbook, chapter 5): the share that is bad
 * is above `factor` times what the objective allows, over the long and the short window of a pair.
 */
export interface BurnRateRule extends CommonRule {
  kind: "burn-rate";
  bad: MetricSelection;
  total: MetricSelection;
  /** The share that is to be good, such as 0.99. */
  objective: number;
  windows?: { longSeconds: number; shortSeconds: number; factor: number }[];
  /** What fewer say is not looked at. */
  totalMin?: number;
}

/** Fires where there usually is something and has been nothing for a while. */
export interface SilenceRule extends CommonRule, MetricSelection {
  kind: "silence";
  forSeconds: number;
  /** The stretch of time before the silence that says what is usual. */
  baselineSeconds: number;
  /** As many were to be expected in the silence at least, going by the baseline. */
  expectedMin?: number;
}

/** Fires where one of several alike is much slower than their median: a leaf among leaves. */
export interface OutlierRule extends CommonRule, MetricSelection {
  kind: "outlier";
  /** The label that tells those apart that are compared. */
  across: string;
  measure: "mean" | "p50" | "p90" | "p95" | "p99";
  overSeconds: number;
  /** Times the median of the others. */
  factor: number;
  /** Differences of less are not looked at, in the metric's unit. */
  differenceMin?: number;
  valuesMin?: number;
}

export type AlertRule = ThresholdRule | BurnRateRule | SilenceRule | OutlierRule;

export interface NamedRule {
  name: string;
  rule: AlertRule;
  /** Every deployment has it, until it is declared otherwise. */
  builtIn: boolean;
}

/** What a rule says about one group of series. */
export interface Alert {
  rule: string;
  labels: Record<string, string>;
  /** `pending`: it is so, and not for long enough. */
  state: "pending" | "firing" | "resolved";
  severity: Severity;
  /** For people to read. */
  summary: string;
  /** What was measured last. */
  value: number;
  /** ISO 8601: since when it is in this state. */
  since: string;
}

/** A change that is to be told: published with this id as often as it takes. */
export interface AlertNotice {
  id: string;
  alert: Alert;
}
