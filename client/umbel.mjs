#!/usr/bin/env node
// The `umbel` command: a program a resource, in client/commands. Exit codes: 0; 1, it could not be done; 2, the command was
// not understood.

import { functionsCommand, usage as functionsUsage } from "./commands/functions.mjs";
import { EXIT_USAGE, Failure } from "./failure.mjs";

const USAGE = `${functionsUsage}

All take --url <address> (UMBEL_URL, or http://localhost:8787) and --key <key> (UMBEL_KEY).`;

/** @type {Record<string, (args: string[]) => Promise<string>>} */
const resources = { functions: functionsCommand };

try {
  const [name = "", ...args] = process.argv.slice(2);
  const isHelp =
    ["help", "--help", "-h"].includes(name) || args.some((arg) => arg === "--help" || arg === "-h");
  console.log(isHelp ? USAGE : await run(name, args));
} catch (error) {
  if (!(error instanceof Failure)) throw error;
  console.error(error.message);
  process.exitCode = error.exitCode;
}

/**
 * @param {string} name
 * @param {string[]} args
 * @returns {Promise<string>}
 */
async function run(name, args) {
  const resource = resources[name];
  if (resource === undefined) throw new Failure(USAGE, EXIT_USAGE);
  return resource(args);
}
