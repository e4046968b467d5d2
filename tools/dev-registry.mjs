// Wrangler's local registry: a folder with a file for each Worker that some `wrangler dev` on this machine runs, by which
// they find each other. A killed wrangler leaves its files behind, and for 90 seconds they keep a new one from
// registering its Workers; so the files of the dead are removed here.

import { existsSync, readFileSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { answers } from "./port.mjs";

/**
 * @returns {string} the registry's folder: where wrangler's own environment says, else in its folder for the user
 */
export function registryFolder() {
  const { CLOUDFLARE_DEV_REGISTRY_PATH: first, WRANGLER_REGISTRY_PATH: second } = process.env;
  return path.resolve(first || second || path.join(wranglerHome(), "registry"));
}

/**
 * Removes what wranglers that are gone have left under these names.
 * @param {string[]} names Workers
 * @returns {Promise<string[]>} the names under which someone else's Worker runs
 */
export async function clearRegistry(names) {
  const taken = [];
  for (const name of names.filter(isRegistered)) {
    if (await isAlive(entryFile(name))) {
      taken.push(name);
    } else {
      rmSync(entryFile(name), { force: true });
    }
  }
  return taken;
}

/**
 * @param {string} name a Worker
 * @returns {boolean}
 */
export function isRegistered(name) {
  return existsSync(entryFile(name));
}

/** @param {string} name */
function entryFile(name) {
  return path.join(registryFolder(), name);
}

/**
 * @param {string} file
 * @returns {Promise<boolean>} whether the runtime that it names listens
 */
async function isAlive(file) {
  try {
    const { debugPortAddress } = JSON.parse(readFileSync(file, "utf8"));
    const { hostname, port } = new URL(`http://${debugPortAddress}`);
    return await answers(Number(port), hostname);
  } catch {
    return false;
  }
}

/** @returns {string} as wrangler finds it: ~/.wrangler where that exists, else the system's place for settings */
function wranglerHome() {
  const old = path.join(os.homedir(), ".wrangler");
  if (existsSync(old)) {
    return old;
  }
  /** @type {Partial<Record<NodeJS.Platform, string>>} */
  const places = { darwin: "Library/Preferences", win32: "AppData/Roaming/xdg.config" };
  const place = path.join(os.homedir(), places[process.platform] ?? ".config");
  return path.join(process.env["XDG_CONFIG_HOME"] || place, ".wrangler");
}
