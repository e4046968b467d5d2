/** Pipelines as the Catalog keeps them: the current ones, their versions, and where their events go. */
import {
  PIPELINE_VERSIONS_MAX,
  type Pipeline,
  type PipelineLinks,
  type PipelineSpec,
} from "../../core/contracts/pipelines.ts";
import { failure, type Result } from "../../core/errors.ts";
import { specOf } from "../../core/pipeline-spec.ts";
import { sameJson } from "./change.ts";
import { findCycle, type LinkedPipeline } from "./cycle.ts";
import { FAN_OUT_MAX, findFanOut } from "./fan-out.ts";

/**
 * `pipeline_versions` has every version that is kept, the current one included. `pipeline_numbers` has the last version of each name
 * that was ever used, so that a version never means two things, also when a pipeline is deleted and made again.
 */
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS pipelines (name TEXT PRIMARY KEY, topic TEXT NOT NULL, descriptor TEXT NOT NULL);
  CREATE INDEX IF NOT EXISTS pipelines_by_topic ON pipelines (topic);
  CREATE TABLE IF NOT EXISTS pipeline_links (name TEXT PRIMARY KEY, links TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS pipeline_numbers (name TEXT PRIMARY KEY, version INTEGER NOT NULL);
  CREATE TABLE IF NOT EXISTS pipeline_versions (
    name TEXT NOT NULL, version INTEGER NOT NULL, descriptor TEXT NOT NULL, PRIMARY KEY (name, version)
  ) WITHOUT ROWID;
`;

export class PipelineStore {
  private readonly storage: DurableObjectStorage;
  private readonly sql: SqlStorage;

  constructor(storage: DurableObjectStorage) {
    this.storage = storage;
    this.sql = storage.sql;
    this.sql.exec(SCHEMA);
  }

  get(name: string): Pipeline | null {
    return this.read("SELECT descriptor FROM pipelines WHERE name = ?", name)[0] ?? null;
  }

  list(): Pipeline[] {
    return this.read("SELECT descriptor FROM pipelines ORDER BY name");
  }

  of(topic: string): Pipeline[] {
    return this.read("SELECT descriptor FROM pipelines WHERE topic = ? ORDER BY name", topic);
  }

  versions(name: string): Pipeline[] {
    return this.read("SELECT descriptor FROM pipeline_versions WHERE name = ? ORDER BY version DESC", name);
  }

  put(
    name: string,
    spec: PipelineSpec,
    links: PipelineLinks,
    restores: number | undefined,
  ): Result<{ created: boolean; pipeline: Pipeline }> {
    const existing = this.get(name);
    if (existing !== null && sameJson(specOf(existing), spec)) {
      return { ok: true, created: false, pipeline: existing };
    }
    const added = { name, topic: spec.topic, links };
    const others = this.linked();
    const cycle = findCycle(added, others);
    if (cycle !== undefined) {
      const message = `closes a cycle: ${cycle.join(" → ")}`;
      return failure("pipeline-cycle", `The pipeline ${message}.`, [{ path: "", message }]);
    }
    const fanOut = findFanOut(added, others);
    if (fanOut !== undefined) {
      const { runs, way } = fanOut;
      const message = `lets one event make ${runs} runs, where ${FAN_OUT_MAX} are the most; most of them by ${way.join(" → ")}`;
      return failure("pipeline-fan-out", `The pipeline ${message}.`, [{ path: "", message }]);
    }
    const now = new Date().toISOString();
    const pipeline: Pipeline = {
      name,
      version: this.lastVersion(name) + 1,
      ...spec,
      createdAt: existing?.createdAt ?? now,
      updatedAt: now,
      ...(restores === undefined ? {} : { restores }),
    };
    this.storage.transactionSync(() => this.save(pipeline, links));
    return { ok: true, created: existing === null, pipeline };
  }

  delete(name: string): boolean {
    if (this.get(name) === null) return false;
    this.storage.transactionSync(() => {
      for (const table of ["pipelines", "pipeline_links", "pipeline_versions"]) {
        this.sql.exec(`DELETE FROM ${table} WHERE name = ?`, name);
      }
    });
    return true;
  }

  private save(pipeline: Pipeline, links: PipelineLinks): void {
    const { name, topic, version } = pipeline;
    const descriptor = JSON.stringify(pipeline);
    this.sql.exec("INSERT OR REPLACE INTO pipelines VALUES (?, ?, ?)", name, topic, descriptor);
    this.sql.exec("INSERT OR REPLACE INTO pipeline_links VALUES (?, ?)", name, JSON.stringify(links));
    this.sql.exec("INSERT OR REPLACE INTO pipeline_numbers VALUES (?, ?)", name, version);
    this.sql.exec("INSERT OR REPLACE INTO pipeline_versions VALUES (?, ?, ?)", name, version, descriptor);
    const oldest = version - PIPELINE_VERSIONS_MAX;
    this.sql.exec("DELETE FROM pipeline_versions WHERE name = ? AND version <= ?", name, oldest);
  }

  private lastVersion(name: string): number {
    const [row] = this.sql
      .exec<{ version: number }>("SELECT version FROM pipeline_numbers WHERE name = ?", name)
      .toArray();
    return row?.version ?? 0;
  }

  private linked(): LinkedPipeline[] {
    return this.sql
      .exec<{ name: string; topic: string; links: string }>(
        "SELECT name, topic, links FROM pipelines JOIN pipeline_links USING (name)",
      )
      .toArray()
      .map(({ name, topic, links }) => ({
        name,
        topic,
        // This class's own writing, so its type is known.
        links: JSON.parse(links) as PipelineLinks,
      }));
  }

  /** The descriptors are this class's own writing, so their type is known. */
  private read(query: string, ...bindings: string[]): Pipeline[] {
    return this.sql
      .exec<{ descriptor: string }>(query, ...bindings)
      .toArray()
      .map((row) => JSON.parse(row.descriptor) as Pipeline);
  }
}
