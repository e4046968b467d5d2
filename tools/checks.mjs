// What is checked about the code without running it: types, lint, format, unused code. All checks run, and at the same
// time, also when one fails; of those that pass, nothing is shown but the time that they took.

import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import path from "node:path";
import { projectRoot } from "./project.mjs";
import { wranglerEnvironment } from "./wrangler-environment.mjs";

/**
 * @typedef {object} Check
 * @property {string} name
 * @property {string[]} command a program of node_modules/.bin, and its arguments
 */

/** @returns {Check[]} */
function allChecks() {
  return [
    ...tsconfigs().map((config) => ({ name: `types (${config})`, command: ["tsc", "-p", config] })),
    { name: "types of the bindings", command: ["node", "tools/types.mjs", "--check"] },
    { name: "documentation of the decorators", command: ["node", "tools/docs.mjs", "--check"] },
    { name: "lint", command: ["oxlint"] },
    { name: "format", command: ["oxfmt", "--check"] },
    { name: "unused code", command: ["knip", "--no-progress"] },
  ];
}

/**
 * Runs all checks and prints how each went, with the output of those that fail.
 *
 * @returns {Promise<string[]>} the names of those that failed
 */
export async function runChecks() {
  const outcomes = await Promise.all(
    allChecks().map(async (check) => ({ check, passed: await runCheck(check) })),
  );
  return outcomes.filter(({ passed }) => !passed).map(({ check }) => check.name);
}

/**
 * @param {Check} check
 * @returns {Promise<boolean>} whether it passed
 */
async function runCheck({ name, command: [program = "", ...args] }) {
  const startedAt = performance.now();
  const child = spawn(program, args, {
    cwd: projectRoot,
    env: wranglerEnvironment(),
    stdio: ["ignore", "pipe", "pipe"],
    shell: process.platform === "win32",
  });
  let output = "";
  child.stdout.on("data", (chunk) => (output += chunk));
  child.stderr.on("data", (chunk) => (output += chunk));
  const passed = await new Promise((resolve) => {
    child.once("error", (error) => {
      output += error.message;
      resolve(false);
    });
    child.once("close", (code) => resolve(code === 0));
  });
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  console.log(`${passed ? "✓" : "✗"} ${name} ${seconds} s`);
  if (!passed) {
    console.log(`\n${output.trim()}\n`);
  }
  return passed;
}

/**
 * Each program that the type checker sees, found by looking, so that a new one is not forgotten.
 *
 * @param {string} folder relative to the project
 * @returns {string[]}
 */
function tsconfigs(folder = ".") {
  return readdirSync(path.join(projectRoot, folder), { withFileTypes: true }).flatMap((entry) => {
    if (entry.isDirectory()) {
      const isOthers = entry.name === "node_modules" || entry.name === "dist" || entry.name.startsWith(".");
      return isOthers ? [] : tsconfigs(path.join(folder, entry.name));
    }
    return /^tsconfig(\..+)?\.json$/.test(entry.name) ? [path.join(folder, entry.name)] : [];
  });
}
