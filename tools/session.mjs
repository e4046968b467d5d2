// Who uses a state folder. Two runtimes on the same SQLite files would each hold their own truth, so a run leaves a note
// in the folder that names its processes; and after a kill -9, the next run finds by it what was left behind.

import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describeProcess, isRunning, processesInGroup, signalAll } from "./processes.mjs";
import { projectRoot } from "./project.mjs";

/** How long the processes of a run whose owner has ended may take to end by themselves. */
const GRACE_MS = 5000;

/** @typedef {import("./processes.mjs").ProcessIdentity} ProcessIdentity */

/**
 * @typedef {object} Session
 * @property {ProcessIdentity} guard the process that runs wrangler, leader of the group that all of its processes are in
 * @property {ProcessIdentity} owner the process that the run belongs to, and ends with
 * @property {string} command what the user ran
 */

/**
 * @param {string} stateFolder
 * @returns {Session | undefined} the run that uses the folder, or that last did
 */
export function readSession(stateFolder) {
  try {
    return JSON.parse(readFileSync(sessionFile(stateFolder), "utf8"));
  } catch {
    return undefined;
  }
}

/**
 * @param {string} stateFolder
 * @param {Session} session
 */
export function writeSession(stateFolder, session) {
  mkdirSync(stateFolder, { recursive: true });
  writeFileSync(sessionFile(stateFolder), JSON.stringify(session));
}

/**
 * Removes the note, if it is that guard's own.
 * @param {string} stateFolder
 * @param {number} guardPid
 */
export function removeSession(stateFolder, guardPid) {
  if (readSession(stateFolder)?.guard.pid === guardPid) {
    rmSync(sessionFile(stateFolder), { force: true });
  }
}

/**
 * @param {Session} session
 * @returns {boolean} whether it goes on: its guard and its owner both run
 */
export function isActive(session) {
  return isRunning(session.guard) && isRunning(session.owner);
}

/**
 * Ends what a run whose owner or guard is gone has left behind. Only processes that are provably that run's: they are in
 * its process group, and run this project's wrangler or what that starts.
 *
 * @param {Session} session one that is not active
 * @returns {Promise<boolean>} whether there was anything to end
 */
export async function endLeftovers({ guard }) {
  if (isNumberUsedAgain(guard) || leftovers(guard).length === 0) {
    return false;
  }
  // A guard that runs sees by itself that its owner is gone, and shuts down in order.
  const patienceMs = isRunning(guard) ? GRACE_MS : 0;
  for (let waitedMs = 0; waitedMs < patienceMs && leftovers(guard).length > 0; waitedMs += 100) {
    await sleep(100);
  }
  while (leftovers(guard).length > 0) {
    signalAll(leftovers(guard), "SIGKILL");
    await sleep(50);
  }
  return true;
}

/**
 * @param {ProcessIdentity} guard
 * @returns {boolean} whether another process has its number: then its group is gone too, for as long as a group has
 *   members, its number is given to no process
 */
function isNumberUsedAgain(guard) {
  return describeProcess(guard.pid) !== undefined && !isRunning(guard);
}

/** @param {ProcessIdentity} guard */
function leftovers(guard) {
  const programs = [
    "tools/guard.mjs",
    "node_modules/wrangler/",
    "node_modules/@cloudflare/workerd-",
    "node_modules/@esbuild/",
  ];
  const paths = programs.map((program) => path.join(projectRoot, program));
  return processesInGroup(guard.pid).filter(({ args }) =>
    paths.some((start) => args.join(" ").includes(start)),
  );
}

/** @param {string} stateFolder */
function sessionFile(stateFolder) {
  return path.join(stateFolder, "session.json");
}
