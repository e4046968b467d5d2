// Runs single wrangler commands, for the tools that need its answer or its success.

import { spawnSync } from "node:child_process";
import { stripVTControlCharacters } from "node:util";
import { projectRoot } from "./project.mjs";
import { wranglerEnvironment, wranglerScript } from "./wrangler-environment.mjs";
import { wranglerNode } from "./wrangler-node.mjs";

/**
 * @param {string[]} args
 * @returns {{ok: boolean, stdout: string, output: string}} `output` is all that it said, without colours
 */
export function askWrangler(args) {
  // What it says is read, so it has to say it, however quiet the user likes it.
  const { status, stdout, stderr } = run(args, ["ignore", "pipe", "pipe"], { WRANGLER_LOG: "log" });
  const output = [stdout, stderr]
    .map((text) => stripVTControlCharacters(text).trim())
    .filter((text) => text !== "");
  return { ok: status === 0, stdout, output: output.join("\n") };
}

/**
 * Lets wrangler talk with the user.
 * @param {string[]} args
 * @returns {boolean} whether it succeeded
 */
export function showWrangler(args) {
  return run(args, "inherit").status === 0;
}

/**
 * @param {string[]} args
 * @param {import("node:child_process").StdioOptions} stdio
 * @param {Record<string, string>} [more] environment variables
 */
function run(args, stdio, more = {}) {
  return spawnSync(wranglerNode(), [wranglerScript, ...args], {
    cwd: projectRoot,
    env: { ...wranglerEnvironment(), ...more },
    encoding: "utf8",
    stdio,
  });
}
