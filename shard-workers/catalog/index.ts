/** The Catalog Worker: its service, behind which stand the Catalog and the Metrics, one Durable Object each. */
import { WorkerEntrypoint } from "cloudflare:workers";
import type { AlertRule } from "../../core/contracts/alerts.ts";
import type { Budget, BudgetKind } from "../../core/contracts/budgets.ts";
import type { CatalogApi } from "../../core/contracts/catalog.ts";
import type { FunctionUsesApi, FunctionUse } from "../../core/contracts/function-uses.ts";
import type { FaultPlan } from "../../core/contracts/faults.ts";
import type { ReshardCommand, ReshardReport } from "../../core/contracts/resharding.ts";
import type { MetricsApi } from "../../core/contracts/metrics.ts";
import type { FunctionDeclaration } from "../../core/contracts/functions.ts";
import type { Retention } from "../../core/contracts/retention.ts";
import type { PipelineLinks, PipelineSpec } from "../../core/contracts/pipelines.ts";
import type { CollectionSpec } from "../../core/collection.ts";

export { Catalog } from "./catalog.ts";
export { Metrics } from "./metrics/metrics.ts";
export { FunctionUses } from "./function-uses.ts";

export class CatalogService
  extends WorkerEntrypoint<CatalogBindings>
  implements CatalogApi, FunctionUsesApi, MetricsApi
{
  private get catalog(): DurableObjectStub<import("./catalog.ts").Catalog> {
    return this.env.CATALOG.getByName("catalog");
  }

  private get metrics(): DurableObjectStub<import("./metrics/metrics.ts").Metrics> {
    return this.env.METRICS.getByName("metrics");
  }

  async ping(): Promise<true> {
    return true;
  }

  async getCollection(name: string) {
    return this.catalog.getCollection(name);
  }

  async getCollectionById(id: string) {
    return this.catalog.getCollectionById(id);
  }

  async listCollections() {
    return this.catalog.listCollections();
  }

  async putCollection(name: string, spec: CollectionSpec, options?: { shardsAssumed?: boolean }) {
    return this.catalog.putCollection(name, spec, options);
  }

  async deleteCollection(name: string) {
    return this.catalog.deleteCollection(name);
  }

  async listPurges() {
    return this.catalog.listPurges();
  }

  async confirmPurge(key: string) {
    return this.catalog.confirmPurge(key);
  }

  async getReshard(name: string) {
    return this.catalog.getReshard(name);
  }

  async changeReshard(name: string, command: ReshardCommand) {
    return this.catalog.changeReshard(name, command);
  }

  async getReshardById(collectionId: string) {
    return this.catalog.getReshardById(collectionId);
  }

  async reportReshard(collectionId: string, report: ReshardReport) {
    return this.catalog.reportReshard(collectionId, report);
  }

  async listReshards() {
    return this.catalog.listReshards();
  }

  async getFaults() {
    return this.catalog.getFaults();
  }

  async putFaults(plan: FaultPlan | null) {
    return this.catalog.putFaults(plan);
  }

  async getRetention() {
    return this.catalog.getRetention();
  }

  async putRetention(retention: Partial<Retention>) {
    return this.catalog.putRetention(retention);
  }

  async getPipeline(name: string) {
    return this.catalog.getPipeline(name);
  }

  async listPipelines() {
    return this.catalog.listPipelines();
  }

  async pipelinesOf(topic: string) {
    return this.catalog.pipelinesOf(topic);
  }

  async putPipeline(name: string, spec: PipelineSpec, links?: PipelineLinks, restores?: number) {
    return this.catalog.putPipeline(name, spec, links, restores);
  }

  async listPipelineVersions(name: string) {
    return this.catalog.listPipelineVersions(name);
  }

  async deletePipeline(name: string) {
    return this.catalog.deletePipeline(name);
  }

  async recordMetrics(batch: string) {
    return this.metrics.recordMetrics(batch);
  }

  async metricsText() {
    return this.metrics.metricsText();
  }

  async countedDuring(seconds: number) {
    return this.metrics.countedDuring(seconds);
  }

  async usageByDay(days: number) {
    return this.metrics.usageByDay(days);
  }

  async listAlertRules() {
    return this.metrics.listAlertRules();
  }

  async putAlertRule(name: string, rule: AlertRule) {
    return this.metrics.putAlertRule(name, rule);
  }

  async deleteAlertRule(name: string) {
    return this.metrics.deleteAlertRule(name);
  }

  async listAlerts() {
    return this.metrics.listAlerts();
  }

  async evaluateAlerts() {
    return this.metrics.evaluateAlerts();
  }

  async listBudgets() {
    return this.metrics.listBudgets();
  }

  async putBudget(budget: Budget) {
    return this.metrics.putBudget(budget);
  }

  async deleteBudget(kind: BudgetKind, name: string) {
    return this.metrics.deleteBudget(kind, name);
  }

  async confirmAlertNotices(ids: string[]) {
    return this.metrics.confirmAlertNotices(ids);
  }

  async addFunctionUses(uses: FunctionUse[]) {
    const byName = Map.groupBy(uses, ({ name }) => name);
    await Promise.all([...byName].map(([name, some]) => this.env.FUNCTION_USES.getByName(name).add(some)));
  }

  async functionUses(name: string) {
    return this.env.FUNCTION_USES.getByName(name).totals(name);
  }

  async getFunction(name: string, version?: string) {
    return this.catalog.getFunction(name, version);
  }

  async getFunctionSummary(name: string, version?: string) {
    return this.catalog.getFunctionSummary(name, version);
  }

  async listFunctions() {
    return this.catalog.listFunctions();
  }

  async putFunction(name: string, declaration: FunctionDeclaration) {
    return this.catalog.putFunction(name, declaration);
  }

  async listFunctionVersions(name: string) {
    return this.catalog.listFunctionVersions(name);
  }

  async rollbackFunction(name: string, version: string) {
    return this.catalog.rollbackFunction(name, version);
  }

  async deleteFunction(name: string) {
    const answer = await this.catalog.deleteFunction(name);
    if (answer.ok) await this.env.FUNCTION_USES.getByName(name).clear();
    return answer;
  }
}

export default {
  fetch(): Response {
    return new Response(null, { status: 404 });
  },
};
