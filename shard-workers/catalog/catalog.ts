/**
 * The Catalog Durable Object: one for the deployment. Small, rarely written, and the only place where a
 * collection's epoch is decided; everything else that knows an epoch has it from here.
 */
import { DurableObject } from "cloudflare:workers";
import { ulid } from "ulidx";
import type { BudgetKind } from "../../core/contracts/budgets.ts";
import type { CatalogApi, Listening, Purge } from "../../core/contracts/catalog.ts";
import type { FaultPlan } from "../../core/contracts/faults.ts";
import type {
  Reshard,
  ReshardChanged,
  ReshardCommand,
  Resharding,
  ReshardReport,
} from "../../core/contracts/resharding.ts";
import type {
  FunctionDeclaration,
  FunctionKind,
  FunctionSummary,
  StoredFunction,
} from "../../core/contracts/functions.ts";
import type { Pipeline, PipelineLinks, PipelineSpec } from "../../core/contracts/pipelines.ts";
import { RETENTION_DEFAULTS, type Retention } from "../../core/contracts/retention.ts";
import type { Collection, CollectionSpec } from "../../core/collection.ts";
import { failure, type Result } from "../../core/errors.ts";
import { evenSlotMap } from "../../core/slots.ts";
import { termLanguageOf } from "../../core/term-ownership.ts";
import { changeProblem, sameJson } from "./change.ts";
import { FunctionStore } from "./function-store.ts";
import { functionsUsed } from "./functions-used.ts";
import { PipelineStore } from "./pipeline-store.ts";
import { allReplicas, droppedReplicas, generationPurge, withoutReplicasInUse } from "./purges.ts";
import { ReshardStore } from "./reshard-store.ts";
import { beginReshard, commandReshard, reportReshard, type Changed } from "./reshard.ts";

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS collections (name TEXT PRIMARY KEY, id TEXT NOT NULL UNIQUE, descriptor TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS over_budget (kind TEXT NOT NULL, name TEXT NOT NULL, PRIMARY KEY (kind, name)) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS purges (key TEXT PRIMARY KEY, descriptor TEXT NOT NULL);
`;

/** What each of the queries below selects. */
type Row = { descriptor: string };

/** Interface `CatalogApi`; every method is one transaction, since a Durable Object runs one turn at a time. */
export class Catalog extends DurableObject<CatalogBindings> implements CatalogApi {
  private readonly sql: SqlStorage;
  private readonly pipelines: PipelineStore;
  private readonly reshards: ReshardStore;
  private readonly functions: FunctionStore;

  constructor(ctx: DurableObjectState, env: CatalogBindings) {
    super(ctx, env);
    this.sql = ctx.storage.sql;
    this.sql.exec(SCHEMA);
    this.pipelines = new PipelineStore(ctx.storage);
    this.reshards = new ReshardStore(ctx.storage.sql);
    this.functions = new FunctionStore(ctx.storage);
  }

  async getCollection(name: string): Promise<Collection | null> {
    const collection = this.kept(name);
    return collection === null || !this.isOverBudget("collection", name)
      ? collection
      : { ...collection, overBudget: true };
  }

  /** For the Metrics object, which knows what was spent. */
  async setOverBudget(kind: BudgetKind, name: string, over: boolean): Promise<void> {
    this.sql.exec(
      over
        ? "INSERT OR IGNORE INTO over_budget (kind, name) VALUES (?, ?)"
        : "DELETE FROM over_budget WHERE kind = ? AND name = ?",
      kind,
      name,
    );
  }

  async getCollectionById(id: string): Promise<Collection | null> {
    return this.one<Collection>("SELECT descriptor FROM collections WHERE id = ?", id);
  }

  async listCollections(): Promise<Collection[]> {
    return this.all<Collection>("SELECT descriptor FROM collections ORDER BY name");
  }

  async putCollection(
    name: string,
    spec: CollectionSpec,
    { shardsAssumed = false }: { shardsAssumed?: boolean } = {},
  ): Promise<Result<{ created: boolean; collection: Collection; purge?: Purge }>> {
    const existing = this.kept(name);
    if (existing === null) {
      const collection: Collection = {
        name,
        id: ulid(),
        epoch: 1,
        ...spec,
        slots: evenSlotMap(spec.shards),
        createdAt: new Date().toISOString(),
        ...termLanguageOf(spec),
      };
      this.sql.exec(
        "INSERT INTO collections (name, id, descriptor) VALUES (?, ?, ?)",
        name,
        collection.id,
        JSON.stringify(collection),
      );
      return { ok: true, created: true, collection };
    }
    const shards = shardsAssumed ? existing.shards : spec.shards;
    const problem = changeProblem(existing, { ...spec, shards });
    if (problem !== undefined) return failure("conflict", problem);
    const { pipeline: _pipeline, searchPipeline: _search, ...kept } = existing;
    const { fields, replicas, declared, pipeline, searchPipeline } = spec;
    // Leaves need not know of pipelines, so that another one is no new epoch.
    const isSame = existing.replicas === replicas && sameJson(existing.fields, fields);
    const collection: Collection = {
      ...kept,
      fields,
      replicas,
      epoch: isSame ? existing.epoch : existing.epoch + 1,
      ...(declared === undefined ? {} : { declared }),
      ...(pipeline === undefined ? {} : { pipeline }),
      ...(searchPipeline === undefined ? {} : { searchPipeline }),
    };
    if (sameJson(existing, collection)) return { ok: true, created: false, collection: existing };
    const purge = droppedReplicas(existing, collection);
    this.ctx.storage.transactionSync(() => {
      this.saveCollection(collection);
      for (const pending of this.purges()) {
        if (pending.collectionId === collection.id) this.savePurge(withoutReplicasInUse(pending, collection));
      }
      if (purge !== undefined) this.savePurge(purge);
    });
    return { ok: true, created: false, collection, ...(purge === undefined ? {} : { purge }) };
  }

  async deleteCollection(
    name: string,
  ): Promise<Result<{ collection: Collection; purge: Purge; building?: Purge }>> {
    const collection = this.kept(name);
    if (collection === null) return failure("unknown-collection", `There is no collection "${name}".`);
    const purge = allReplicas(collection);
    const building = collection.building && generationPurge(collection, collection.building);
    this.ctx.storage.transactionSync(() => {
      this.savePurge(purge);
      if (building !== undefined) this.savePurge(building);
      this.reshards.delete(collection);
      this.sql.exec("DELETE FROM collections WHERE name = ?", name);
    });
    return { ok: true, collection, purge, ...(building === undefined ? {} : { building }) };
  }

  async getReshard(name: string): Promise<Resharding | null> {
    return this.resharding(this.kept(name));
  }

  async getReshardById(collectionId: string): Promise<Resharding | null> {
    return this.resharding(await this.getCollectionById(collectionId));
  }

  async changeReshard(name: string, command: ReshardCommand): Promise<ReshardChanged> {
    const collection = this.kept(name);
    if (collection === null) return failure("unknown-collection", `There is no collection "${name}".`);
    const latest = this.reshards.get(collection);
    const changed = this.reshardBy(command, collection, latest);
    return changed.ok ? { ok: true, ...this.saveReshard(changed) } : changed;
  }

  async reportReshard(collectionId: string, report: ReshardReport): Promise<Resharding | null> {
    const resharding = await this.getReshardById(collectionId);
    if (resharding === null) return null;
    const changed = reportReshard(resharding, report, new Date());
    return changed === undefined ? resharding : this.saveReshard(changed);
  }

  async listReshards(): Promise<string[]> {
    return this.reshards.running();
  }

  async listPurges(): Promise<Purge[]> {
    return this.purges();
  }

  async confirmPurge(key: string): Promise<void> {
    this.sql.exec("DELETE FROM purges WHERE key = ?", key);
  }

  async getFaults(): Promise<FaultPlan | null> {
    return this.ctx.storage.kv.get<FaultPlan>("faults") ?? null;
  }

  async putFaults(plan: FaultPlan | null): Promise<void> {
    if (plan === null) this.ctx.storage.kv.delete("faults");
    else this.ctx.storage.kv.put("faults", plan);
  }

  async getRetention(): Promise<Retention> {
    return { ...RETENTION_DEFAULTS, ...this.ctx.storage.kv.get<Partial<Retention>>("retention") };
  }

  async putRetention(retention: Partial<Retention>): Promise<Retention> {
    this.ctx.storage.kv.put("retention", retention);
    return { ...RETENTION_DEFAULTS, ...retention };
  }

  async getPipeline(name: string): Promise<Pipeline | null> {
    return this.pipelines.get(name);
  }

  async listPipelines(): Promise<Pipeline[]> {
    return this.pipelines.list();
  }

  async pipelinesOf(topic: string): Promise<Listening[]> {
    return this.pipelines
      .of(topic)
      .map((pipeline) =>
        this.isOverBudget("pipeline", pipeline.name) ? { ...pipeline, overBudget: true as const } : pipeline,
      );
  }

  async putPipeline(
    name: string,
    spec: PipelineSpec,
    links: PipelineLinks = { sinks: [], routes: [], calls: [] },
    restores?: number,
  ): Promise<Result<{ created: boolean; pipeline: Pipeline }>> {
    const missing = this.missingFunction(spec);
    if (missing !== undefined) return failure("conflict", missing);
    return this.pipelines.put(name, spec, links, restores);
  }

  async listPipelineVersions(name: string): Promise<Pipeline[]> {
    return this.pipelines.versions(name);
  }

  async deletePipeline(name: string): Promise<Result<object>> {
    const user = (await this.listCollections()).find(
      ({ pipeline, searchPipeline }) => pipeline === name || searchPipeline === name,
    );
    if (user !== undefined) {
      return failure("conflict", `The collection "${user.name}" has "${name}" as its pipeline.`);
    }
    if (this.pipelines.delete(name)) return { ok: true };
    return failure("unknown-pipeline", `There is no pipeline "${name}".`);
  }

  private resharding(collection: Collection | null): Resharding | null {
    const reshard = collection === null ? undefined : this.reshards.get(collection);
    return collection === null || reshard === undefined ? null : { collection, reshard };
  }

  private reshardBy(
    command: ReshardCommand,
    collection: Collection,
    latest: Reshard | undefined,
  ): Result<Changed> {
    if (command.kind === "begin") return beginReshard(collection, latest, command.shards, new Date());
    if (latest === undefined) return failure("conflict", `"${collection.name}" is not being resharded.`);
    return commandReshard({ collection, reshard: latest }, command);
  }

  private saveReshard({ collection, reshard, purge }: Changed): Changed {
    this.ctx.storage.transactionSync(() => {
      this.saveCollection(collection);
      this.reshards.put(collection, reshard);
      if (purge !== undefined) this.savePurge(purge);
    });
    return { collection, reshard, ...(purge === undefined ? {} : { purge }) };
  }

  private saveCollection(collection: Collection): void {
    this.sql.exec(
      "UPDATE collections SET descriptor = ? WHERE name = ?",
      JSON.stringify(collection),
      collection.name,
    );
  }

  /** As it is kept. */
  private kept(name: string): Collection | null {
    return this.one<Collection>("SELECT descriptor FROM collections WHERE name = ?", name);
  }

  private isOverBudget(kind: BudgetKind, name: string): boolean {
    return (
      this.sql.exec("SELECT 1 FROM over_budget WHERE kind = ? AND name = ?", kind, name).toArray().length > 0
    );
  }

  async getFunction(name: string, version?: string): Promise<StoredFunction | null> {
    return this.functions.get(name, version);
  }

  async getFunctionSummary(name: string, version?: string): Promise<FunctionSummary | null> {
    return this.functions.summary(name, version);
  }

  async listFunctions(): Promise<FunctionSummary[]> {
    return this.functions.list();
  }

  async putFunction(
    name: string,
    declaration: FunctionDeclaration,
  ): Promise<Result<{ created: boolean; fn: FunctionSummary }>> {
    const refused = this.currentProblem(name, declaration.kinds);
    if (refused !== undefined) return failure("conflict", refused);
    return { ok: true, ...this.functions.put(name, declaration, this.pinnedVersions(name)) };
  }

  async listFunctionVersions(name: string): Promise<FunctionSummary[]> {
    return this.functions.versions(name);
  }

  async rollbackFunction(name: string, version: string): Promise<Result<{ fn: FunctionSummary }>> {
    const wanted = this.functions.summary(name, version);
    const refused = wanted === null ? undefined : this.currentProblem(name, wanted.kinds);
    if (refused !== undefined) return failure("conflict", refused);
    return this.functions.rollback(name, version);
  }

  async deleteFunction(name: string): Promise<Result<object>> {
    const user = this.pipelines.list().find((each) => functionsUsed(each).some((used) => used.name === name));
    if (user !== undefined) return failure("conflict", `The pipeline "${user.name}" uses "${name}".`);
    return this.functions.delete(name);
  }

  /** Why a version can't be the current one: pipelines run that as a step. */
  private currentProblem(name: string, kinds: readonly FunctionKind[]): string | undefined {
    if (kinds.includes("decorate")) return undefined;
    const user = this.pipelines
      .list()
      .find((each) => functionsUsed(each).some((used) => used.name === name && used.version === undefined));
    if (user === undefined) return undefined;
    return `The pipeline "${user.name}" runs the current version of "${name}", and this one exports no \`decorate\`.`;
  }

  /** The versions that pipelines name. */
  private pinnedVersions(name: string): Set<string> {
    const used = this.pipelines.list().flatMap(functionsUsed);
    return new Set(
      used.flatMap((each) => (each.name === name && each.version !== undefined ? each.version : [])),
    );
  }

  /** A function that was deleted while a pipeline that uses it was checked; undefined: all are there. */
  private missingFunction(spec: PipelineSpec): string | undefined {
    const missing = functionsUsed(spec).find(
      ({ name, version }) => this.functions.summary(name, version) === null,
    );
    if (missing === undefined) return undefined;
    const { name, version } = missing;
    return version === undefined
      ? `There is no function "${name}".`
      : `There is no version ${version} of the function "${name}".`;
  }

  private purges(): Purge[] {
    return this.all<Purge>("SELECT descriptor FROM purges ORDER BY key");
  }

  /** One of no replicas is none. */
  private savePurge(purge: Purge): void {
    this.sql.exec("DELETE FROM purges WHERE key = ?", purge.key);
    if (purge.replicas.length === 0) return;
    this.sql.exec("INSERT INTO purges (key, descriptor) VALUES (?, ?)", purge.key, JSON.stringify(purge));
  }

  /** The descriptors are this object's own writing, so their type is known. */
  private all<T>(query: string, ...bindings: string[]): T[] {
    return this.sql
      .exec<Row>(query, ...bindings)
      .toArray()
      .map((row) => JSON.parse(row.descriptor) as T);
  }

  private one<T>(query: string, ...bindings: string[]): T | null {
    return this.all<T>(query, ...bindings)[0] ?? null;
  }
}
