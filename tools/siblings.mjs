// Starts the other Workers beside a plain `npx wrangler dev`, which by itself runs the root alone
// (docs/decisions/0002-plain-wrangler-dev-starts-the-siblings.md).

import { existsSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { clearRegistry, isRegistered, registryFolder } from "./dev-registry.mjs";
import { devVarsFile } from "./dev-vars.mjs";
import { Failure } from "./failure.mjs";
import { launch } from "./launch.mjs";
import { describeProcess } from "./processes.mjs";
import { projectRoot, siblingWorkers } from "./project.mjs";
import { endLeftovers, isActive, readSession } from "./session.mjs";
import { workerVariables } from "./worker-variables.mjs";
import { isWranglerScript, localEnvironment } from "./wrangler-environment.mjs";

const READY_MS = 60_000;
const POLL_MS = 50;

/** @typedef {import("./processes.mjs").ProcessFacts} ProcessFacts */

/**
 * @returns {ProcessFacts | undefined} the `wrangler dev` that runs this build, if it is a plain one: for the root alone,
 *   from the command line. Tests that run wrangler as a library say themselves which Workers they want.
 */
export function plainWranglerDev() {
  let facts = describeProcess(process.ppid);
  for (let distance = 0; facts !== undefined && distance < 3; distance++) {
    const script = facts.args.findIndex(isWranglerScript);
    const args = facts.args.slice(script + 1);
    if (script !== -1) {
      return args.includes("dev") && configCount(args) < 2 ? facts : undefined;
    }
    facts = describeProcess(facts.parent);
  }
  return undefined;
}

/**
 * Starts the siblings if they don't run yet, and waits until the root can reach them.
 * @param {ProcessFacts} owner the `wrangler dev` that they are for, and end with
 * @returns {Promise<string>} what was done
 * @throws {Failure} when they can't be started for this one: another holds their data or their names
 */
export async function ensureSiblings(owner) {
  const workers = siblingWorkers();
  const names = workers.map(({ name }) => name);
  const stateFolder = path.resolve(projectRoot, persistTo(owner.args) ?? ".wrangler/state");

  const session = readSession(stateFolder);
  if (session !== undefined && isActive(session)) {
    if (session.owner.pid === owner.pid) {
      return "The sibling Workers are running.";
    }
    throw new Failure(
      `Umbel runs already with the data in ${stateFolder} (${session.command}, process ${session.owner.pid}). End that one first.`,
    );
  }
  if (session !== undefined) {
    await endLeftovers(session);
  }
  // The root would find another project's Workers under these names, and read and write that one's data.
  const taken = await clearRegistry(names);
  if (taken.length > 0) {
    throw new Failure(
      `Another \`wrangler dev\` on this machine runs ${taken.join(", ")}. End that one first, or keep them apart:\n` +
        `WRANGLER_REGISTRY_PATH=.wrangler/registry npx wrangler dev`,
    );
  }

  const logFile = path.join(stateFolder, "siblings.log");
  const platform = launch({
    workers,
    port: 0,
    stateFolder,
    logFile,
    // Wrangler reads .dev.vars by itself for the Worker beside it alone, the root.
    args: existsSync(devVarsFile) ? ["--env-file", devVarsFile] : [],
    env: localEnvironment({ CLOUDFLARE_DEV_REGISTRY_PATH: registryFolder(), ...handedOn() }),
    command: "npx wrangler dev",
    owner,
  });
  const problem = await Promise.race([platform.ended, waitForRegistration(names)]);
  platform.release();
  return problem === undefined
    ? `Started the sibling Workers ${names.join(", ")} (log: ${path.relative(projectRoot, logFile)}).`
    : `The sibling Workers did not start: wrangler ${problem}. See ${logFile}, or run \`npm start\` instead.`;
}

/**
 * @param {string[]} names
 * @returns {Promise<string | undefined>} undefined once the root can find all of them, else what went wrong
 */
async function waitForRegistration(names) {
  const giveUpAt = performance.now() + READY_MS;
  while (!names.every(isRegistered)) {
    if (performance.now() > giveUpAt) {
      return "took too long";
    }
    await sleep(POLL_MS);
  }
  return undefined;
}

/** @returns {Record<string, string>} what Workers have of the user's environment; of .dev.vars they have all */
function handedOn() {
  const ring = process.env["UMBEL_IDENTITY_KEYS"];
  return {
    ...workerVariables(process.env),
    ...(process.env["UMBEL_WEBHOOKS_PRIVATE"] === "1" && { UMBEL_WEBHOOKS_PRIVATE: "1" }),
    ...(ring !== undefined && { UMBEL_IDENTITY_KEYS: ring }),
    CLOUDFLARE_INCLUDE_PROCESS_ENV: "true",
  };
}

/**
 * @param {string[]} args
 * @returns {number} how many configuration files it was given
 */
function configCount(args) {
  return args.filter((arg) => /^(-c|--config)(=|$)/.test(arg)).length;
}

/**
 * @param {string[]} args
 * @returns {string | undefined} the state folder that it was given
 */
function persistTo(args) {
  const at = args.findIndex((arg) => /^--persist-?to(=|$)/i.test(arg));
  return at === -1 ? undefined : (args[at]?.split("=")[1] ?? args[at + 1]);
}
