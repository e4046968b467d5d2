/** The Catalog Worker: its service, behind which stands one Durable Object. */
import { WorkerEntrypoint } from "cloudflare:workers";
import type { CatalogApi } from "../../core/contracts/catalog.ts";
import type { FaultPlan } from "../../core/contracts/faults.ts";
import type { ReshardCommand, ReshardReport } from "../../core/contracts/resharding.ts";
import type { Retention } from "../../core/contracts/retention.ts";
import type { PipelineLinks, PipelineSpec } from "../../core/contracts/pipelines.ts";
import type { CollectionSpec } from "../../core/collection.ts";

export { Catalog } from "./catalog.ts";

export class CatalogService extends WorkerEntrypoint<CatalogBindings> implements CatalogApi {
  private get catalog(): DurableObjectStub<import("./catalog.ts").Catalog> {
    return this.env.CATALOG.getByName("catalog");
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

  async putCollection(name: string, spec: CollectionSpec) {
    return this.catalog.putCollection(name, spec);
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
}

export default {
  fetch(): Response {
    return new Response(null, { status: 404 });
  },
};
