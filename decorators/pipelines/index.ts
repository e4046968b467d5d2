/** The pipelines Worker: takes events off the queue and runs them; and says whether a declaration can be run. */
import { WorkerEntrypoint } from "cloudflare:workers";
import { BranchSessions } from "../../core/branch-sessions.ts";
import type { Collection } from "../../core/collection.ts";
import type { PipelinesApi, PipelineSpec } from "../../core/contracts/pipelines.ts";
import { failure, type FieldError, type Result } from "../../core/errors.ts";
import { BUILT_IN } from "../built-in/index.ts";
import { deliverToCollection } from "./collection-sink.ts";
import { compilePipeline } from "./compile.ts";
import { consume } from "./consume.ts";
import { ExpiringCache } from "./expiring-cache.ts";
import { COLLECTION_TTL_MS } from "./limits.ts";
import { PipelineCache } from "./pipeline-cache.ts";
import { platformServices } from "./services.ts";

const pipelines = new PipelineCache(BUILT_IN);
const collections = new ExpiringCache<Collection>(COLLECTION_TTL_MS);

export class PipelinesService extends WorkerEntrypoint<PipelinesBindings> implements PipelinesApi {
  async ping(): Promise<true> {
    return true;
  }

  async validate(spec: PipelineSpec): Promise<Result<object>> {
    const compilation = compilePipeline(spec, BUILT_IN);
    const errors = [...(compilation.ok ? [] : compilation.errors), ...(await this.missingSinks(spec))];
    if (errors.length === 0) return { ok: true };
    const summary = errors.map(({ path, message }) => `${path}: ${message}`).join("; ");
    return failure("invalid-request", summary, errors);
  }

  /** A sink has to be there beforehand: behind a misspelt one, every event would be lost in silence. */
  private async missingSinks({ deliver }: PipelineSpec): Promise<FieldError[]> {
    const errors = await Promise.all(
      deliver.map(async ({ collection }, index) => {
        if ((await this.env.CATALOG.getCollection(collection)) !== null) return [];
        return [{ path: `deliver[${index}].collection`, message: `there is no collection "${collection}"` }];
      }),
    );
    return errors.flat();
  }
}

export default {
  fetch(): Response {
    return new Response(null, { status: 404 });
  },
  async queue(batch, env): Promise<void> {
    const branches = new BranchSessions(() => env.DOCUMENTS.open());
    const sink = { branches, catalog: env.CATALOG, cache: collections };
    await consume(
      batch.messages.map(({ body }) => body),
      {
        findPipeline: ({ pipeline, version }) =>
          pipelines.find((name) => env.CATALOG.getPipeline(name), pipeline, version),
        deliver: (collection, events) => deliverToCollection(sink, collection, events),
        confirm: (topic, confirmations) => env.JOURNAL.confirm(topic, confirmations),
        random: Math.random,
        now: Date.now,
        services: platformServices(),
      },
    );
    branches.close();
    batch.ackAll();
  },
} satisfies ExportedHandler<PipelinesBindings>;
