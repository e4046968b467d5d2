// What the Workers' configurations say of other Workers and of queues, read as wrangler reads them. Needs wrangler's Node.

import path from "node:path";
import { projectRoot, rootWorker, siblingWorkers } from "./project.mjs";

/**
 * @typedef {object} WorkerSettings
 * @property {string} name
 * @property {string} config its wrangler.toml, relative to the project
 * @property {string} folder where its code is, relative to the project
 * @property {string[]} needs the Workers that its bindings name
 * @property {string[]} queues that it sends to or takes from
 */

/**
 * What is read of wrangler's own type, which its package does not bring in full.
 * @typedef {object} WranglerConfig
 * @property {string} [main]
 * @property {{service: string}[]} [services]
 * @property {{service: string}[]} [tail_consumers]
 * @property {{bindings: {script_name?: string}[]}} durable_objects
 * @property {{producers?: {queue: string}[], consumers?: {queue: string, dead_letter_queue?: string}[]}} queues
 */

/** @returns {Promise<WorkerSettings[]>} of all Workers of this project, the root last */
export async function readWorkerSettings() {
  const { unstable_readConfig: readConfig } = await import("wrangler");
  return [...siblingWorkers(), rootWorker].map(({ name, config }) => {
    /** @type {WranglerConfig} */
    const settings = readConfig({ config: path.join(projectRoot, config) }, { hideWarnings: true });
    const { consumers = [], producers = [] } = settings.queues;
    return {
      name,
      config,
      folder: path.relative(projectRoot, path.dirname(settings.main ?? config)),
      needs: distinct([
        ...(settings.services ?? []).map(({ service }) => service),
        ...settings.durable_objects.bindings.map(({ script_name }) => script_name),
        ...(settings.tail_consumers ?? []).map(({ service }) => service),
      ]),
      queues: distinct([
        ...producers.map(({ queue }) => queue),
        ...consumers.flatMap(({ queue, dead_letter_queue }) => [queue, dead_letter_queue]),
      ]),
    };
  });
}

/**
 * @param {(string | undefined)[]} names
 * @returns {string[]}
 */
function distinct(names) {
  return [...new Set(names.filter((name) => name !== undefined))];
}
