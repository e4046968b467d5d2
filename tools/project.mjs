// Where this project is on the disk, and which Workers it has. Everything else in tools/ starts from here.

import { existsSync, readdirSync, readFileSync, realpathSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

/** The project's folder, absolute and without symbolic links: what a process's command line shows. */
export const projectRoot = realpathSync(path.join(fileURLToPath(import.meta.url), "../.."));

/**
 * @typedef {object} WorkerConfig
 * @property {string} name the Worker's name, as bindings and the local registry know it
 * @property {string} config its wrangler.toml, relative to the project
 */

/** The root Worker: what a plain `wrangler dev` and `wrangler deploy` find. */
export const rootWorker = readWorker("wrangler.toml");

/**
 * The Workers that the root calls over service bindings: each folder of shard-workers/ and decorators/ that has a
 * wrangler.toml. Found by looking, so that a new Worker is started, typed and deployed without a word here.
 * @returns {WorkerConfig[]} sorted by folder
 */
export function siblingWorkers() {
  return ["shard-workers", "decorators"]
    .flatMap((folder) =>
      readdirSync(path.join(projectRoot, folder)).map((name) => path.join(folder, name, "wrangler.toml")),
    )
    .filter((config) => existsSync(path.join(projectRoot, config)))
    .toSorted()
    .map(readWorker);
}

/**
 * @param {string} config
 * @returns {WorkerConfig}
 */
function readWorker(config) {
  // The name is a plain string before the first table; a TOML parser would be a dependency before the set-up.
  const name = /^name\s*=\s*"([^"]+)"/m.exec(readFileSync(path.join(projectRoot, config), "utf8"))?.[1];
  if (name === undefined) {
    throw new Error(`${config} gives the Worker no name`);
  }
  return { name, config };
}
