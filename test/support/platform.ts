/**
 * All Workers together over real HTTP, as a deployed Umbel is: each from its own configuration and bundled as
 * for a deployment, with real Durable Objects, service bindings, a real queue, and a state folder.
 *
 * They run in Miniflare, without `wrangler dev` around it: that starts in a fraction of the time, and requests
 * reach the root Worker's assets and code directly. `platform-process.ts` runs the real thing.
 */
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { httpClient } from "./http-client.ts";
import type { HttpClient } from "./http-client.ts";
import { TEST_IDENTITY_KEYS } from "./identity-keys.ts";
import { stopsLater } from "./running.ts";
import { bundledWorker, configuredWorker, workerNames } from "./worker-options.ts";

/** What a journey may set; by default everything is fresh and as configured. */
export interface PlatformOptions {
  /** A folder for the data, to start again with it; else it is gone when the platform stops. */
  persistTo?: string;
  /** Variables of all Workers, besides the key, which is the root's. */
  vars?: Readonly<Record<string, string>>;
  /** How long the queue waits for a batch to fill, in seconds, instead of what the configuration says. */
  queueBatchTimeoutS?: number;
  /** What Durable Objects use is counted beside the platform's own metering, for `countedBeside`. */
  counted?: boolean;
  /** Nothing is metered, to see what that costs. */
  unmetered?: boolean;
}

/** Which Durable Object: by its Worker, its class, and the name that it has been got by. */
export interface ObjectAddress {
  /** The name of its folder. */
  worker: string;
  className: string;
  name: string;
}

/** A running Umbel. */
export interface Platform extends HttpClient {
  /** Errors that Workers have logged, and exceptions that nobody caught. */
  readonly errors: readonly string[];
  /** Ends a running Durable Object; its next request meets a new instance with the same storage. */
  evict(object: ObjectAddress): Promise<void>;
  /** Runs SQL inside a Durable Object, past its code: the rows. */
  sql(
    object: ObjectAddress,
    statement: string,
    ...parameters: (string | number | null)[]
  ): Promise<unknown[]>;
  /** Has a Worker's cron trigger come. */
  scheduled(worker: string): Promise<void>;
  /** What a Worker's Durable Objects have used, counted without the platform's code (`counted`). */
  countedBeside(worker: string): Promise<{ rowsRead: number; rowsWritten: number; requests: number }>;
  /** Ends all Workers. A platform that is not stopped ends with its test file. */
  stop(): Promise<void>;
}

/** The key that a platform under test takes. */
const TEST_KEY = "test-key";

/** Starts all Workers on a free port of the loopback interface, and waits until they answer. */
export async function startPlatform(options: PlatformOptions = {}): Promise<Platform> {
  const errors: string[] = [];
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      workers: await platformWorkers(options),
      host: "127.0.0.1",
      port: 0,
      cf: false,
      unsafeInspectDurableObjects: true,
      ...(options.persistTo !== undefined && { resourcePersistencePath: options.persistTo }),
      handleStructuredLogs: ({ level, message }) => {
        if (level === "error") {
          errors.push(message);
        }
      },
    }),
  );
  const stop = stopsLater(() => miniflare.dispose());
  await miniflare.ready;
  const url = await miniflare.unsafeGetDirectURL(deployedName("root"));
  return {
    ...httpClient(url.origin, TEST_KEY),
    errors,
    evict: ({ worker, className, name }) =>
      miniflare.unsafeEvictDurableObject(deployedName(worker), className, { name }),
    async sql({ worker, className, name }, statement, ...parameters) {
      const storage = await miniflare.unsafeGetDurableObjectStorage(deployedName(worker), className, {
        name,
      });
      return storage.exec(statement, ...parameters);
    },
    async scheduled(worker) {
      const deployed = await miniflare.getWorker(deployedName(worker));
      await deployed.scheduled({ cron: "* * * * *" });
    },
    async countedBeside(worker) {
      const deployed = await miniflare.getWorker(deployedName(worker));
      const response = await deployed.fetch("http://worker/");
      return (await response.json()) as { rowsRead: number; rowsWritten: number; requests: number };
    },
    stop,
  };
}

function deployedName(worker: string): string {
  return configuredWorker(worker).options.name;
}

/** A socket of the root's own lets requests through as they are; Miniflare's entry would rewrite some. */
async function platformWorkers({ vars, queueBatchTimeoutS, counted, unmetered }: PlatformOptions) {
  const settings = {
    counted: counted === true,
    unmetered: unmetered === true,
    ...(queueBatchTimeoutS !== undefined && { queueBatchTimeoutS }),
  };
  const workers = await Promise.all(
    workerNames.map((worker) =>
      bundledWorker(worker, {
        ...settings,
        vars: {
          ...(worker === "identity" && { UMBEL_IDENTITY_KEYS: TEST_IDENTITY_KEYS }),
          ...vars,
          ...(worker === "root" && { UMBEL_ADMIN_KEY: TEST_KEY }),
        },
      }),
    ),
  );
  return workers.map((worker, index) =>
    index === 0 ? { ...worker, unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }] } : worker,
  );
}
