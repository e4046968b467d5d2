// Whether node_modules is what package-lock.json asks for, without running npm: a second start must take seconds.

import { readFileSync } from "node:fs";
import path from "node:path";

/**
 * @typedef {object} LockedPackage
 * @property {string} [version]
 * @property {string} [integrity]
 * @property {boolean} [optional]
 * @property {boolean} [devOptional]
 */
/** @typedef {{packages?: Record<string, LockedPackage>}} Lockfile */

/**
 * Compares package-lock.json with node_modules/.package-lock.json, which npm writes as the last step of an
 * installation: so one that broke off counts as missing.
 *
 * @param {Lockfile} wanted package-lock.json
 * @param {Lockfile} installed node_modules/.package-lock.json
 * @returns {boolean} true when each package is there in its version; optional ones (for other systems) may be absent
 */
export function isInstalled(wanted, installed) {
  return Object.entries(wanted.packages ?? {}).every(([folder, want]) => {
    if (folder === "") {
      return true; // the project itself
    }
    const have = installed.packages?.[folder];
    if (have === undefined) {
      return want.optional === true || want.devOptional === true;
    }
    return have.version === want.version && have.integrity === want.integrity;
  });
}

/**
 * @param {string} projectRoot
 * @returns {boolean} whether `npm ci` has nothing to do
 */
export function dependenciesAreInstalled(projectRoot) {
  const installed = readLockfile(path.join(projectRoot, "node_modules/.package-lock.json"));
  const wanted = readLockfile(path.join(projectRoot, "package-lock.json"));
  return installed !== undefined && wanted !== undefined && isInstalled(wanted, installed);
}

/**
 * @param {string} file
 * @returns {Lockfile | undefined}
 */
function readLockfile(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
}
