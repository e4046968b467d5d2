// Runs one `wrangler dev` and sees that it never outlives whom it runs for, even when that one is killed. Started by
// `launch` as the leader of a process group of its own, so that wrangler, its bundler and its runtimes can be ended
// together. Portable: a closed channel or a polled process, no /proc and no prctl.

import { spawn } from "node:child_process";
import path from "node:path";
import { describeProcess, isRunning, processesInGroup, signalAll } from "./processes.mjs";
import { projectRoot } from "./project.mjs";
import { removeSession } from "./session.mjs";
import { isWranglerScript } from "./wrangler-environment.mjs";

/** How long wrangler may take to shut down in order. */
const SHUTDOWN_MS = 5000;
const POLL_MS = 1000;

/**
 * @typedef {object} GuardOrder
 * @property {string} node
 * @property {string[]} args wrangler's script, and its arguments
 * @property {string} stateFolder whose session note goes when this ends
 * @property {import("./processes.mjs").ProcessFacts | null} owner the `wrangler dev` to end with; null: whoever holds the channel
 */

/** @type {GuardOrder} */
const order = JSON.parse(process.argv[2] ?? "");

const wrangler = spawn(order.node, order.args, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
let stopping = false;

// Wrangler says where it listens; pass that on.
wrangler.on("message", (message) => tell(message));
wrangler.once("error", (error) => end(`could not be started: ${error.message}`));
wrangler.once("exit", (code, signal) => end(`ended with ${signal ?? `code ${code}`}`));

if (order.owner === null) {
  process.once("disconnect", stop); // the owner has ended, or was killed: the system closes the channel either way
} else {
  const { owner } = order;
  const poll = setInterval(() => {
    if (!isRunning(owner)) {
      clearInterval(poll);
      endOrphans(owner.group);
      stop();
    }
  }, POLL_MS);
}
process.on("message", (message) => message === "stop" && stop());
for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"])) {
  process.on(signal, stop);
}

function stop() {
  if (!stopping) {
    stopping = true;
    wrangler.kill("SIGTERM");
    setTimeout(() => end("took too long to shut down"), SHUTDOWN_MS);
  }
}

/**
 * A `wrangler dev` that was killed also leaves its own runtimes running, which keep its port and answer with what they
 * have. Ends those of this project in its process group that have no wrangler any more.
 * @param {number} group
 */
function endOrphans(group) {
  const runtimes = path.join(projectRoot, "node_modules/@cloudflare/workerd-");
  const orphans = processesInGroup(group).filter(
    ({ args, parent }) =>
      args.join(" ").startsWith(runtimes) && !describeProcess(parent)?.args.some(isWranglerScript),
  );
  signalAll(orphans, "SIGKILL");
}

/** @param {string} reason */
function end(reason) {
  removeSession(order.stateFolder, process.pid);
  // A wrangler that was killed leaves its runtimes running.
  signalAll(
    processesInGroup(process.pid).filter(({ pid }) => pid !== process.pid),
    "SIGKILL",
  );
  tell({ ended: reason }, () => process.exit(0));
}

/**
 * @param {import("node:child_process").Serializable} message for whoever started this, if they still listen
 * @param {() => void} [then]
 */
function tell(message, then = () => undefined) {
  if (process.connected && process.send !== undefined) {
    process.send(message, undefined, undefined, then); // with a callback, a channel that has just closed is no error
  } else {
    then();
  }
}
