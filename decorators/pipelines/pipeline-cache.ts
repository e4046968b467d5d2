/** Pipelines by name, compiled, as the Catalog had them a moment ago. */
import type { Pipeline } from "../../core/contracts/pipelines.ts";
import type { Decorator } from "../contract.ts";
import { compilePipeline, type CompiledPipeline } from "./compile.ts";
import { ExpiringCache } from "./expiring-cache.ts";
import { PIPELINE_TTL_MS } from "./limits.ts";
import type { Trouble } from "./outcome.ts";

export interface RunnablePipeline extends CompiledPipeline {
  topic: string;
  version: number;
}

type Found = { ok: true; pipeline: RunnablePipeline } | { ok: false; trouble: Trouble };

export class PipelineCache {
  private readonly decorators: readonly Decorator[];
  private readonly cache = new ExpiringCache<RunnablePipeline>(PIPELINE_TTL_MS);

  constructor(decorators: readonly Decorator[]) {
    this.decorators = decorators;
  }

  /**
   * The pipeline as it is now, at least of `version`, which is what held when its events were accepted: who changes a
   * pipeline and then publishes meets the change. Never rejects.
   */
  async find(
    getPipeline: (name: string) => Promise<Pipeline | null>,
    name: string,
    version: number,
  ): Promise<Found> {
    const cached = this.cache.get(name);
    if (cached !== undefined && cached.version >= version) return { ok: true, pipeline: cached };
    let declared: Pipeline | null;
    try {
      declared = await getPipeline(name);
    } catch (error) {
      console.error(JSON.stringify({ event: "catalog-call-failed", error: String(error) }));
      return trouble("waiting", "The pipeline's declaration could not be read.");
    }
    // Dead and not filtered: the event was accepted for this pipeline, and did not get where it was to go.
    if (declared === null)
      return trouble("rejected", "The pipeline was deleted before it was through with the event.");
    const compilation = compilePipeline(declared, this.decorators);
    if (!compilation.ok) {
      const [first] = compilation.errors;
      return trouble("failed", `The pipeline can't be run: ${first?.path ?? ""}: ${first?.message ?? ""}`);
    }
    const pipeline = { ...compilation.compiled, topic: declared.topic, version: declared.version };
    this.cache.set(name, pipeline);
    return { ok: true, pipeline };
  }
}

function trouble(kind: Trouble["kind"], error: string): Found {
  return { ok: false, trouble: { kind, error } };
}
