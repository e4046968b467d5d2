// Starts several Workers in one `wrangler dev`, under a guard that ends with its owner (guard.mjs).

import { fork } from "node:child_process";
import { closeSync, mkdirSync, openSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { describeProcess, processesInGroup, signalAll } from "./processes.mjs";
import { projectRoot } from "./project.mjs";
import { writeSession } from "./session.mjs";
import { wranglerScript } from "./wrangler-environment.mjs";
import { wranglerNode } from "./wrangler-node.mjs";

/**
 * @typedef {object} Launch
 * @property {import("./project.mjs").WorkerConfig[]} workers the first one answers HTTP
 * @property {number} port 0: any free one
 * @property {string} stateFolder absolute
 * @property {string} logFile where wrangler's output goes
 * @property {string[]} [args] further arguments of `wrangler dev`
 * @property {Record<string, string | undefined>} env
 * @property {string} command what the user ran, for messages
 * @property {import("./processes.mjs").ProcessFacts} [owner] the `wrangler dev` to end with; else this process
 */

/**
 * @typedef {object} Platform
 * @property {Promise<number>} listening the port, once wrangler listens; stays pending when it never does
 * @property {Promise<string>} ended how wrangler ended: a phrase that goes on "wrangler …"
 * @property {() => void} stop asks it to shut down
 * @property {() => void} kill ends it at once
 * @property {() => void} release lets this process end while the platform runs on
 */

/**
 * @param {Launch} launch
 * @returns {Platform}
 */
export function launch({ workers, port, stateFolder, logFile, args = [], env, command, owner }) {
  mkdirSync(stateFolder, { recursive: true });
  const configs = workers.flatMap(({ config }) => ["-c", path.join(projectRoot, config)]);
  const address = ["--ip", "127.0.0.1", "--port", String(port), "--inspector-port", "0"];
  /** @type {import("./guard.mjs").GuardOrder} */
  const order = {
    node: wranglerNode(),
    args: [wranglerScript, "dev", ...configs, ...address, "--persist-to", stateFolder, ...args],
    stateFolder,
    owner: owner ?? null,
  };

  const log = openSync(logFile, "w", 0o600);
  const guard = fork(fileURLToPath(new URL("guard.mjs", import.meta.url)), [JSON.stringify(order)], {
    cwd: projectRoot,
    detached: true, // a process group of its own: the terminal's Ctrl-C is for the owner, who then ends the group
    env,
    execArgv: [],
    stdio: ["ignore", log, log, "ipc"],
  });
  closeSync(log);
  const facts = guard.pid === undefined ? undefined : describeProcess(guard.pid);
  const endsWith = owner ?? describeProcess(process.pid);
  if (facts !== undefined && endsWith !== undefined) {
    writeSession(stateFolder, { guard: identify(facts), owner: identify(endsWith), command });
  }

  const kill = () => {
    signalAll(guard.pid === undefined ? [] : processesInGroup(guard.pid), "SIGKILL");
    guard.kill("SIGKILL"); // where groups are unknown
  };
  return {
    listening: new Promise((resolve) => {
      guard.on("message", (message) => resolvePort(message, resolve));
    }),
    ended: new Promise((resolve) => {
      guard.on("message", (message) => resolveEnd(message, resolve));
      guard.once("error", (error) => resolve(`could not be started: ${error.message}`));
      guard.once("exit", (code, signal) => {
        kill(); // what it guarded, if it was killed itself
        resolve(`was lost with its guard (${signal ?? `code ${code}`})`);
      });
    }),
    stop: () => {
      if (guard.connected) {
        guard.send("stop", () => undefined); // an error means that it has ended meanwhile
      }
    },
    kill,
    release: () => {
      if (guard.connected) {
        guard.disconnect();
      }
      guard.unref();
    },
  };
}

/**
 * @param {unknown} message what wrangler tells its parent process, as JSON text: `{event: "DEV_SERVER_READY", ip, port}`
 * @param {(port: number) => void} resolve
 */
function resolvePort(message, resolve) {
  if (typeof message === "string") {
    const { event, port } = JSON.parse(message);
    if (event === "DEV_SERVER_READY") {
      resolve(port);
    }
  }
}

/**
 * @param {unknown} message
 * @param {(how: string) => void} resolve
 */
function resolveEnd(message, resolve) {
  if (typeof message === "object" && message !== null && "ended" in message) {
    resolve(String(message.ended));
  }
}

/**
 * @param {import("./processes.mjs").ProcessFacts} facts
 * @returns {import("./processes.mjs").ProcessIdentity}
 */
function identify({ pid, started }) {
  return { pid, started };
}
