/** The Metrics Durable Object: one for the deployment. What all Workers have counted, and the alerts over it. */
import { DurableObject } from "cloudflare:workers";
import type { Sight } from "../../../core/alerts/measure.ts";
import type { Alert, AlertNotice, AlertRule, NamedRule } from "../../../core/contracts/alerts.ts";
import type { Budget, BudgetKind, BudgetState } from "../../../core/contracts/budgets.ts";
import type { MetricsBatch, UsagePeriod } from "../../../core/contracts/metrics.ts";
import { expositionText } from "../../../core/metrics/exposition.ts";
import { seriesKey } from "../../../core/metrics/series.ts";
import { AlertStore } from "./alert-store.ts";
import { BudgetStore } from "./budget-store.ts";
import { MetricStore } from "./metric-store.ts";

const DAY_MS = 86_400_000;

export class Metrics extends DurableObject<CatalogBindings> {
  private readonly metrics: MetricStore;
  private readonly alerts: AlertStore;
  private readonly budgets: BudgetStore;

  constructor(ctx: DurableObjectState, env: CatalogBindings) {
    super(ctx, env);
    this.metrics = new MetricStore(ctx.storage);
    this.alerts = new AlertStore(ctx.storage);
    this.budgets = new BudgetStore(ctx.storage.sql);
  }

  async recordMetrics(batch: string): Promise<void> {
    this.metrics.record(JSON.parse(batch) as MetricsBatch, Date.now()); // `Meter`'s writing
    await this.applyBudgets();
  }

  async metricsText(): Promise<string> {
    const all = this.metrics.all();
    return expositionText({ ...all, gauges: { ...all.gauges, ...this.budgetGauges() } });
  }

  async countedDuring(seconds: number): Promise<string> {
    return JSON.stringify(this.metrics.during(seconds, Date.now()));
  }

  async usageByDay(days: number): Promise<UsagePeriod[]> {
    const since = Date.now() - days * DAY_MS;
    return this.metrics
      .periods("day")
      .filter(({ start }) => start > since)
      .map(({ start, counted }) => ({ start, counters: counted.counters }));
  }

  async listAlertRules(): Promise<NamedRule[]> {
    return this.alerts.rules();
  }

  async putAlertRule(name: string, rule: AlertRule): Promise<"created" | "replaced" | "full"> {
    return this.alerts.putRule(name, rule);
  }

  async deleteAlertRule(name: string): Promise<boolean> {
    return this.alerts.deleteRule(name);
  }

  async listAlerts(): Promise<Alert[]> {
    return this.alerts.alerts();
  }

  async evaluateAlerts(): Promise<AlertNotice[]> {
    const now = Date.now();
    // A budget begins anew with the day, also when nothing is counted.
    await this.applyBudgets();
    return this.alerts.evaluate(this.sightAt(now), now);
  }

  async confirmAlertNotices(ids: string[]): Promise<void> {
    this.alerts.confirm(ids);
  }

  async listBudgets(): Promise<BudgetState[]> {
    return this.budgets.states(this.today());
  }

  async putBudget(budget: Budget): Promise<"created" | "replaced" | "full"> {
    const put = this.budgets.put(budget);
    await this.applyBudgets();
    return put;
  }

  async deleteBudget(kind: BudgetKind, name: string): Promise<boolean> {
    await this.env.CATALOG.getByName("catalog").setOverBudget(kind, name, false);
    return this.budgets.delete(kind, name);
  }

  /** Tells the Catalog, which all ask anyway, what is over its budget. What can't be told is told with the next. */
  private async applyBudgets(): Promise<void> {
    if (this.budgets.isEmpty) return;
    for (const state of this.budgets.changes(this.today())) {
      await this.env.CATALOG.getByName("catalog").setOverBudget(state.kind, state.name, state.exceeded);
      this.budgets.noted(state);
    }
  }

  /** Known here alone, and never old. */
  private budgetGauges(): Record<string, number> {
    return Object.fromEntries(
      this.budgets
        .states(this.today())
        .map(({ kind, name, spentUsd, usdPerDay }) => [
          seriesKey("umbel_budget_used_ratio", { kind, name }),
          spentUsd / usdPerDay,
        ]),
    );
  }

  private today(): Record<string, number> {
    const start = Math.floor(Date.now() / DAY_MS) * DAY_MS;
    return this.metrics.periods("day").find((day) => day.start === start)?.counted.counters ?? {};
  }

  /** Rules look at the same few windows. */
  private sightAt(now: number): Sight {
    const windows = new Map<number, ReturnType<MetricStore["during"]>>();
    return {
      gauges: { ...this.metrics.all().gauges, ...this.budgetGauges() },
      during: (seconds) => {
        const window = windows.get(seconds) ?? this.metrics.during(seconds, now);
        windows.set(seconds, window);
        return window;
      },
    };
  }
}
