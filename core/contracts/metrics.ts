/** What Workers send of what they have counted, and what is asked of it. */
import type { Alert, AlertNotice, AlertRule, NamedRule } from "./alerts.ts";
import type { Budget, BudgetKind, BudgetState } from "./budgets.ts";

/**
 * What an isolate has counted since it last sent. Sent again, unchanged and under its number, until it is confirmed, so
 * that nothing is counted twice or, as long as the isolate lives, lost.
 */
export interface MetricsBatch {
  /** Names the isolate; new for each. */
  isolate: string;
  /** 1 for an isolate's first. */
  sequence: number;
  values: MetricValues;
}

/** By series: what was added to it. */
export interface MetricValues {
  counters: Record<string, number>;
  /** Not added: the last value. */
  gauges: Record<string, number>;
  /** A bucket each, those above the last bound, and the sum of the values: `buckets.length + 2` numbers. */
  histograms: Record<string, number[]>;
}

/** What was counted in a stretch of time, by series. */
export interface UsagePeriod {
  /** Epoch ms of its beginning, in UTC. */
  start: number;
  counters: Record<string, number>;
}

/** Implemented by the Catalog Worker, which all others can call. */
export interface MetricsApi {
  /** Takes a `MetricsBatch` as JSON text: parsing text costs less than cloning many small values. */
  recordMetrics(batch: string): Promise<void>;
  /** Everything in Prometheus's text format. */
  metricsText(): Promise<string>;
  /** What was counted in the last seconds, as JSON text of `Counted` (core/metrics/values.ts). */
  countedDuring(seconds: number): Promise<string>;
  /** Counters of the last days, today's among them, ascending. */
  usageByDay(days: number): Promise<UsagePeriod[]>;

  /** Built-in rules among them. */
  listAlertRules(): Promise<NamedRule[]>;
  /** `full`: there are as many rules as there may be. */
  putAlertRule(name: string, rule: AlertRule): Promise<"created" | "replaced" | "full">;
  /** A built-in rule that was declared anew is again what it was. False: there is nothing to delete. */
  deleteAlertRule(name: string): Promise<boolean>;
  listAlerts(): Promise<Alert[]>;
  /** Looks at all rules, and answers with what is to be told: until it is confirmed, each time. */
  evaluateAlerts(): Promise<AlertNotice[]>;
  confirmAlertNotices(ids: string[]): Promise<void>;

  listBudgets(): Promise<BudgetState[]>;
  /** `full`: there are as many budgets as there may be. Takes effect within a second or so. */
  putBudget(budget: Budget): Promise<"created" | "replaced" | "full">;
  /** False: there is none. */
  deleteBudget(kind: BudgetKind, name: string): Promise<boolean>;
}
