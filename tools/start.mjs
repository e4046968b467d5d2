// `npm start`: from a fresh clone to an address that answers. start-options.mjs says what it reads of the environment.

import { existsSync, rmSync } from "node:fs";
import path from "node:path";
import { claimPort, claimState } from "./claims.mjs";
import { pullTriggers } from "./cron.mjs";
import { devVarsFile, keepRandomIdentityKeys, keepRandomKey, readDevVar } from "./dev-vars.mjs";
import { Failure, runCommand } from "./failure.mjs";
import { launch } from "./launch.mjs";
import { progressOn } from "./progress.mjs";
import { rootWorker, siblingWorkers } from "./project.mjs";
import { lastLines, waitUntilReady } from "./ready.mjs";
import { setUp } from "./setup.mjs";
import { readStartOptions } from "./start-options.mjs";
import { stopOnSignals } from "./stop.mjs";
import { welcome } from "./welcome.mjs";
import { localEnvironment } from "./wrangler-environment.mjs";

const HOST = "127.0.0.1";

/** @typedef {import("./start-options.mjs").StartOptions} StartOptions */

await runCommand(async () => {
  // 1. See that it can run.
  const options = readStartOptions(process.env);
  await claimState(options.stateFolder);
  await claimPort(options.port, HOST);
  await setUp();

  // 2. Start every Worker in one process.
  const key = options.key ?? readDevVar("UMBEL_ADMIN_KEY") ?? keepRandomKey();
  const logFile = path.join(options.stateFolder, "umbel.log");
  const address = `http://${HOST}:${options.port}`;
  console.log("Starting the Workers …");
  const { args, env } = secrets(options);
  const platform = launch({
    workers: [rootWorker, ...siblingWorkers()],
    port: options.port,
    stateFolder: options.stateFolder,
    logFile,
    args,
    env: localEnvironment({ ...env, CLOUDFLARE_DEV_REGISTRY_PATH: freshRegistry(options.stateFolder) }),
    command: `npm start on port ${options.port}`,
  });
  const stopRequested = stopOnSignals(platform);

  // 3. Wait for it, fill it, and stay until it ends.
  const work = new AbortController();
  const signal = AbortSignal.any([stopRequested, work.signal]);
  const ended = untilEnded(platform, logFile);
  try {
    const listens = refuseOtherPort(platform, options.port);
    await Promise.race([ended, Promise.all([listens, bringUp({ address, key, logFile, signal, options })])]);
    await Promise.all([ended, pullTriggers({ address, signal })]);
  } catch (error) {
    if (!stopRequested.aborted) {
      throw error;
    }
  } finally {
    work.abort();
    platform.stop();
    await platform.ended;
  }
});

/**
 * @param {object} run
 * @param {string} run.address
 * @param {string} run.key
 * @param {string} run.logFile
 * @param {AbortSignal} run.signal
 * @param {StartOptions} run.options
 */
async function bringUp({ address, key, logFile, signal, options }) {
  await waitUntilReady({ address, key, logFile, signal });
  if (options.examples) {
    // Only now: it bundles functions by a package that a fresh clone has not got before the set-up.
    const { loadExamples } = await import("../examples/load.mjs");
    await loadExamples({ address, key, onProgress: progressOn(process.stdout), signal });
  }
  console.log(welcome({ address, key, stateFolder: options.stateFolder, logFile }));
}

/**
 * How the Workers get what is secret. What the user put into the environment stays there: on wrangler's command line everyone could
 * read it, and in a file it would outlive a kill. Wrangler hands its whole environment over, which is why that holds little else;
 * `--env-file` makes it read .dev.vars and the environment, of which the latter wins, rather than .dev.vars alone, and
 * for every Worker rather than for the one beside it.
 *
 * @param {StartOptions} options
 * @returns {{args: string[], env: Record<string, string>}}
 */
function secrets({ key, identityKeys, faults, eventFaults, privateWebhooks, variables }) {
  const ring = identityKeys ?? readDevVar("UMBEL_IDENTITY_KEYS") ?? keepRandomIdentityKeys();
  return {
    args: existsSync(devVarsFile) ? ["--env-file", devVarsFile] : [],
    env: {
      UMBEL_IDENTITY_KEYS: ring,
      ...(key !== undefined && { UMBEL_ADMIN_KEY: key }),
      ...(faults && { UMBEL_FAULTS: "1" }),
      ...(faults && eventFaults !== undefined && { UMBEL_EVENT_FAULTS: eventFaults }),
      ...(privateWebhooks && { UMBEL_WEBHOOKS_PRIVATE: "1" }),
      ...variables,
      CLOUDFLARE_INCLUDE_PROCESS_ENV: "true",
    },
  };
}

/**
 * @param {string} stateFolder
 * @returns {string} an empty registry of this run's own: in the common one, another project's `wrangler dev` could find
 *   these Workers, or stand in for them
 */
function freshRegistry(stateFolder) {
  const folder = path.join(stateFolder, "registry");
  rmSync(folder, { recursive: true, force: true });
  return folder;
}

/**
 * @param {import("./launch.mjs").Platform} platform
 * @param {number} wanted
 * @throws {Failure} when someone took the port in between, and wrangler therefore another one
 */
async function refuseOtherPort(platform, wanted) {
  if ((await platform.listening) !== wanted) {
    throw new Failure(`Port ${wanted} was taken by another program while Umbel started.`);
  }
}

/**
 * @param {import("./launch.mjs").Platform} platform
 * @param {string} logFile
 * @throws {Failure} whenever wrangler ends, with what it last said: nothing ends it in order but a request to stop
 */
async function untilEnded(platform, logFile) {
  const how = await platform.ended;
  throw new Failure(`${lastLines(logFile)}\n\nwrangler ${how}.`);
}
