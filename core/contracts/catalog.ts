/** What the Catalog answers. It is asked rarely: root Workers cache its answers for a short time. */
import type { Collection, CollectionSpec } from "../collection.ts";
import type { Result } from "../errors.ts";
import type { FaultPlan } from "./faults.ts";
import type { FunctionDeclaration, FunctionSummary, StoredFunction } from "./functions.ts";
import type { Retention } from "./retention.ts";
import type { ReshardCatalogApi } from "./resharding.ts";
import type { Pipeline, PipelineLinks, PipelineSpec } from "./pipelines.ts";

/** Leaves whose data is to be deleted: these replicas of every shard of a collection. */
export interface Purge {
  key: string;
  collectionId: string;
  shards: number;
  replicas: number[];
  /** Of which generation of leaves. Absent: the first. */
  generation?: number;
}

/** A pipeline that listens to a topic. */
export interface Listening extends Pipeline {
  /** It has used up its budget: its events wait. */
  overBudget?: true;
}

export interface CatalogApi extends ReshardCatalogApi {
  getCollection(name: string): Promise<Collection | null>;
  /** For a leaf that knows its collection's id and wants to know whether it still exists, and its epoch. */
  getCollectionById(id: string): Promise<Collection | null>;
  listCollections(): Promise<Collection[]>;
  /**
   * Creates, or changes what may change: boosts, fields that are added, the number of replicas. `shardsAssumed`: nobody has asked for that
   * number of shards, and a collection that is there has as many as it has. `purge`: replicas that are no longer wanted, listed as
   * `listPurges` until they are gone.
   */
  putCollection(
    name: string,
    spec: CollectionSpec,
    options?: { shardsAssumed?: boolean },
  ): Promise<Result<{ created: boolean; collection: Collection; purge?: Purge }>>;
  /**
   * Takes the name away at once; the leaves' data stays listed as `listPurges` until it is gone. `building`: that of leaves
   * which were to take the place of the others.
   */
  deleteCollection(name: string): Promise<Result<{ collection: Collection; purge: Purge; building?: Purge }>>;
  listPurges(): Promise<Purge[]>;
  confirmPurge(key: string): Promise<void>;

  /** The faults that are to be injected; null: none. */
  getFaults(): Promise<FaultPlan | null>;
  putFaults(plan: FaultPlan | null): Promise<void>;

  /** How long the platform keeps what it writes into its own collections. */
  getRetention(): Promise<Retention>;
  /** What is left out is as by default. */
  putRetention(retention: Partial<Retention>): Promise<Retention>;

  getPipeline(name: string): Promise<Pipeline | null>;
  listPipelines(): Promise<Pipeline[]>;
  pipelinesOf(topic: string): Promise<Listening[]>;
  /**
   * Creates, or makes a new version of what differs. `pipeline-cycle` when it would close one with others. `restores`:
   * the version that is brought back.
   */
  putPipeline(
    name: string,
    spec: PipelineSpec,
    links?: PipelineLinks,
    restores?: number,
  ): Promise<Result<{ created: boolean; pipeline: Pipeline }>>;
  /** Those that are kept, the newest first. */
  listPipelineVersions(name: string): Promise<Pipeline[]>;
  /**
   * `conflict` while a collection's requests go through it. Versions of a pipeline that is made again under the name
   * go on where these ended.
   */
  deletePipeline(name: string): Promise<Result<object>>;

  /** A version with its code; without one, the current. Null: there is none. */
  getFunction(name: string, version?: string): Promise<StoredFunction | null>;
  /** The same without its code. */
  getFunctionSummary(name: string, version?: string): Promise<FunctionSummary | null>;
  /** The current version of each, by name. */
  listFunctions(): Promise<FunctionSummary[]>;
  /** Keeps it as the current version; the same code is the version that it was. `conflict` where pipelines run that, and it can't decorate. */
  putFunction(
    name: string,
    declaration: FunctionDeclaration,
  ): Promise<Result<{ created: boolean; fn: FunctionSummary }>>;
  /** Those that are kept, the newest first. */
  listFunctionVersions(name: string): Promise<FunctionSummary[]>;
  /** Makes a kept version the current one. `unknown-function`, `unknown-version`, and `conflict` as `putFunction`. */
  rollbackFunction(name: string, version: string): Promise<Result<{ fn: FunctionSummary }>>;
  /** `conflict` while a pipeline's steps name it. */
  deleteFunction(name: string): Promise<Result<object>>;
}
