/** A vitest project that runs a Worker's tests inside workerd, with that Worker's siblings beside it. */
import { join } from "node:path";
import { cloudflareTest } from "@cloudflare/vitest-pool-workers";
import type { V4WorkerOptions } from "miniflare";
import type { Plugin, TestProjectInlineConfiguration } from "vitest/config";
import { projectRoot } from "../../tools/project.mjs";
import { DEADLINES, patient } from "./patient-searches.ts";
import { bundle, bundledWorker, configuredWorker } from "./worker-options.ts";
import type { WorkerSettings } from "./worker-options.ts";

/** Waiting a second for each batch, as the configuration says, would be most of the time that tests take. */
const QUEUE_BATCH_TIMEOUT_S = 0.02;

/** A Worker that exists for the tests alone and takes a sibling's place. */
export interface Double {
  name: string;
  /** Its main module, relative to the project. */
  main: string;
  /** Which of its entrypoints the tests call, and by which binding. */
  binding: string;
  entrypoint: string;
  /** The queues whose messages it takes. */
  queues: readonly string[];
}

/** What differs from Worker to Worker. */
export interface WorkerProject {
  /** The Worker under test; its tests are in `test/workers/<worker>`. */
  worker: string;
  /** The Workers that it calls, and those that they call. */
  siblings: readonly string[];
  /** The variables and secrets of the Worker under test. */
  vars?: Readonly<Record<string, string>>;
  double?: Double;
}

/** Makes the project; its name is that of the Worker. */
export function workerProject(project: WorkerProject): TestProjectInlineConfiguration {
  return {
    extends: true,
    plugins: [patientSearches, cloudflareTest(() => poolOptions(project))],
    test: {
      name: project.worker,
      include: [`test/workers/${project.worker}/**/*.test.ts`],
      globalSetup: [join(projectRoot, "test/support/build-assets.ts")],
      setupFiles: [join(projectRoot, "test/workers/reset-after-each.ts")],
    },
  };
}

/** The Worker under test is not bundled: vitest loads its modules one by one. */
const patientSearches: Plugin = {
  name: "patient-searches",
  enforce: "pre",
  transform: { filter: { id: DEADLINES }, handler: (source) => patient(source) },
};

async function poolOptions({ worker, siblings, vars = {}, double }: WorkerProject) {
  const settings: WorkerSettings = { queueBatchTimeoutS: QUEUE_BATCH_TIMEOUT_S };
  const { main, options } = configuredWorker(worker, { ...settings, vars });
  const workers = await Promise.all(siblings.map((sibling) => bundledWorker(sibling, settings)));
  if (double === undefined) {
    return { main, miniflare: { ...options, workers } };
  }
  const { binding, name, entrypoint } = double;
  const serviceBindings = { ...options.serviceBindings, [binding]: { name, entrypoint } };
  return {
    main,
    miniflare: { ...options, serviceBindings, workers: [...workers, await bundledDouble(double, options)] },
  };
}

async function bundledDouble(
  { name, main, queues }: Double,
  { compatibilityDate }: { compatibilityDate?: string },
): Promise<V4WorkerOptions> {
  const consumer = { maxBatchTimeout: QUEUE_BATCH_TIMEOUT_S };
  return {
    name,
    ...(compatibilityDate && { compatibilityDate }),
    queueConsumers: Object.fromEntries(queues.map((queue) => [queue, consumer])),
    modules: await bundle(join(projectRoot, main)),
  };
}
