/** The platform as this Worker reaches it, for as long as one request or one batch lasts; and what the isolate remembers. */
import { BranchSessions } from "../../core/branch-sessions.ts";
import type { Collection } from "../../core/collection.ts";
import { BUILT_IN } from "../built-in/index.ts";
import type { Services } from "../services.ts";
import type { Deliver } from "./deliver.ts";
import { ExpiringCache } from "./expiring-cache.ts";
import { COLLECTION_TTL_MS } from "./limits.ts";
import { PipelineCache } from "./pipeline-cache.ts";
import { platformServices } from "./services.ts";
import { makeDeliver } from "./sinks.ts";

const pipelines = new PipelineCache(BUILT_IN);
const collections = new ExpiringCache<Collection>(COLLECTION_TTL_MS);

export interface Platform {
  findPipeline: (name: string, version: number) => ReturnType<PipelineCache["find"]>;
  services: Services;
  deliver: Deliver;
  /** Ends it. What is on its way still comes. */
  close: () => void;
}

export function openPlatform(env: PipelinesBindings): Platform {
  const branches = new BranchSessions(() => env.DOCUMENTS.open());
  const findPipeline: Platform["findPipeline"] = (name, version) =>
    pipelines.find((wanted) => env.CATALOG.getPipeline(wanted), name, version);
  return {
    findPipeline,
    services: platformServices({
      branches,
      findCollection: async (name, refresh) => {
        const cached = refresh ? undefined : collections.get(name);
        if (cached !== undefined) return cached;
        const collection = await env.CATALOG.getCollection(name);
        if (collection === null) collections.delete(name);
        else collections.set(name, collection);
        return collection;
      },
      findPipeline: (name) => findPipeline(name, 0),
      stepState: (name) => env.STEP_STATE.getByName(name),
      secret: (name) => secretOf(env, name),
    }),
    deliver: makeDeliver({ branches, catalog: env.CATALOG, cache: collections, journal: env.JOURNAL }),
    close: () => branches.close(),
  };
}

/** Pipelines name secrets without the prefix, so that none of the Worker's other variables can be named. */
function secretOf(env: object, name: string): string | undefined {
  const secret: unknown = Reflect.get(env, `UMBEL_SECRET_${name}`);
  return typeof secret === "string" ? secret : undefined;
}
