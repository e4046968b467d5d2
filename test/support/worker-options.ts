/**
 * Turns a Worker's own wrangler.toml into the options with which Miniflare runs it, so that tests run the
 * Workers with the bindings that they are deployed with, and no second list of bindings goes stale.
 *
 * Variables come from the configuration and from the test alone: `.dev.vars` is the user's, and what is in
 * it must not decide whether a test passes.
 */
import { basename, dirname, join } from "node:path";
import { readFile } from "node:fs/promises";
import { build, type Plugin } from "esbuild";
import type { V4WorkerOptions, V4WorkerOptionsShape } from "miniflare";
import { unstable_getMiniflareWorkerOptions, unstable_readConfig } from "wrangler";
import type { Unstable_Config } from "wrangler";
import { projectRoot, rootWorker, siblingWorkers } from "../../tools/project.mjs";
import { DEADLINES, patient } from "./patient-searches.ts";

/** Where each Worker's configuration is, by the name of its folder; that of the root Worker is `root`. */
const configs: ReadonlyMap<string, string> = new Map([
  ["root", rootWorker.config],
  ...siblingWorkers().map(({ config }): [string, string] => [basename(dirname(config)), config]),
]);

/** All Workers, the root first: it is the one that HTTP reaches. */
export const workerNames: readonly string[] = [...configs.keys()];

/** What a test may set about a Worker. */
export interface WorkerSettings {
  /** Variables and secrets, over those of the configuration. */
  vars?: Readonly<Record<string, string>>;
  /** How long a queue waits for a batch to fill, in seconds, instead of what the configuration says. */
  queueBatchTimeoutS?: number;
  /** What its Durable Objects use is counted beside the platform's own metering (counting-double.ts). */
  counted?: boolean;
  /** Nothing is metered, to see what that costs. */
  unmetered?: boolean;
}

/** Which classes are counted, by Worker: its objects, its callers of them, and the binding of their namespace. */
const COUNTED: Readonly<Record<string, { object: string; caller: string; namespace: string }>> = {
  documents: { object: "Leaf", caller: "Branch", namespace: "LEAF" },
  journal: { object: "TopicJournal", caller: "JournalService", namespace: "TOPIC" },
};

/** A Worker without its code: where that begins, and what it is bound to. */
export interface ConfiguredWorker {
  main: string;
  options: V4WorkerOptionsShape & { name: string };
}

/**
 * Reads a Worker's configuration.
 *
 * @param worker the name of its folder, or `root`
 * @throws when there is none, or it names no Worker or no main module
 */
export function configuredWorker(worker: string, settings: WorkerSettings = {}): ConfiguredWorker {
  const configPath = configs.get(worker);
  if (configPath === undefined) {
    throw new Error(`there is no Worker "${worker}": there are ${workerNames.join(", ")}`);
  }
  // Wrangler's declarations take this function's return type from a package that is not published.
  const config = unstable_readConfig({ config: join(projectRoot, configPath) }) as Unstable_Config;
  const { queueBatchTimeoutS } = settings;
  const consumers = config.queues.consumers?.map((consumer) =>
    queueBatchTimeoutS === undefined ? consumer : { ...consumer, max_batch_timeout: queueBatchTimeoutS },
  );
  const { workerOptions, main } = unstable_getMiniflareWorkerOptions({
    ...config,
    queues: { ...config.queues, ...(consumers && { consumers }) },
  });
  if (config.name === undefined || main === undefined) {
    throw new Error(`${configPath} must name the Worker and its main module`);
  }
  const bindings = { ...config.vars, ...settings.vars };
  return { main, options: { ...workerOptions, name: config.name, bindings } };
}

/** A Worker with its code: what Miniflare needs to run it beside others. */
export async function bundledWorker(worker: string, settings: WorkerSettings = {}): Promise<V4WorkerOptions> {
  const { main, options } = configuredWorker(worker, settings);
  const { modulesRules: _, ...withoutRules } = options;
  const classes = settings.counted === true ? COUNTED[worker] : undefined;
  return {
    ...withoutRules,
    modules: await bundle(main, {
      ...(classes && { contents: countedModule(main, classes) }),
      unmetered: settings.unmetered === true,
    }),
  };
}

/** A Worker's module with the classes that are counted in the place of its own. */
function countedModule(
  main: string,
  { object, caller, namespace }: { object: string; caller: string; namespace: string },
): string {
  const double = join(projectRoot, "test/support/counting-double.ts");
  return `
    import * as own from ${JSON.stringify(main)};
    import { countedCaller, countedObject, report, withCountedStubs } from ${JSON.stringify(double)};
    export * from ${JSON.stringify(main)};
    export const ${object} = countedObject(own.${object}, "${namespace}");
    export const ${caller} = countedCaller(own.${caller}, "${namespace}");
    export default {
      ...own.default,
      fetch: () => Response.json(report()),
      scheduled: (controller, env, ctx) =>
        own.default.scheduled?.(controller, withCountedStubs(env, "${namespace}"), ctx),
    };
  `;
}

/** Bundles as `wrangler deploy` does: the same conditions, and the platform's own modules left out. */
export async function bundle(
  main: string,
  { contents, unmetered = false }: { contents?: string; unmetered?: boolean } = {},
): Promise<{ type: "ESModule"; path: string; contents: string }[]> {
  const result = await build({
    ...(contents === undefined
      ? { entryPoints: [main] }
      : { stdin: { contents, resolveDir: projectRoot, loader: "ts" } }),
    bundle: true,
    write: false,
    format: "esm",
    target: "es2024",
    conditions: ["workerd", "worker", "browser"],
    external: ["cloudflare:*", "node:*"],
    loader: { ".txt": "text", ".html": "text", ".sql": "text" },
    sourcemap: "inline",
    logLevel: "error",
    plugins: [PATIENT_SEARCHES, ...(unmetered ? [SILENT_METERS] : [])],
  });
  return result.outputFiles.map(({ text }) => ({ type: "ESModule", path: "index.mjs", contents: text }));
}

/** Bundled with what `patient` makes of it. */
const PATIENT_SEARCHES: Plugin = {
  name: "patient-searches",
  setup(building) {
    building.onLoad({ filter: DEADLINES }, async ({ path }) => ({
      contents: patient(await readFile(path, "utf8")),
      loader: "ts",
    }));
  },
};

/** Meters that count nothing, and objects that serve their requests as if nobody did. */
const SILENT_METERS: Plugin = {
  name: "silent-meters",
  setup(building) {
    building.onLoad({ filter: /core\/metrics\/(meter|object-usage)\.ts$/ }, async ({ path }) => {
      const source = await readFile(path, "utf8");
      const contents = path.endsWith("object-usage.ts")
        ? source
            .replace("for (const name of Object.keys(requests))", "for (const name of [] as string[])")
            .replace("rows(read: number, written: number): void {", "$& if (1) return;")
        : source
            .replace("if (by !== 0) this.add(", "if (by === Infinity) this.add(")
            .replace("add(key: string, by: number): void {", "$& if (1) return;")
            .replace("if (times === 0) return;", "if (1) return;");
      return { contents, loader: "ts" };
    });
  },
};
