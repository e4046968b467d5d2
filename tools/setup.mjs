// The set-up that every command begins with: the locked dependencies, and a Node for wrangler. Commands import it rather
// than naming it as npm's pre-script, so that it also happens where npm is told to ignore scripts.

import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { Failure } from "./failure.mjs";
import { dependenciesAreInstalled } from "./installed.mjs";
import { projectRoot } from "./project.mjs";
import { linkBundledNode, wranglerNode } from "./wrangler-node.mjs";

/**
 * Installs the locked dependencies when they are missing or others, and sees that there is a Node that wrangler runs on.
 * Takes milliseconds when there is nothing to do. Needs the npm registry otherwise, and nothing else of the network.
 * @throws {Failure} when `npm ci` fails, with what it said
 */
export async function setUp() {
  if (!dependenciesAreInstalled(projectRoot)) {
    console.log("Installing the locked dependencies (some 500 MB; this takes about a minute) …");
    await installDependencies();
  }
  linkBundledNode();
  wranglerNode();
}

/** @throws {Failure} */
async function installDependencies() {
  const [command, ...args] = npmCommand();
  // Told to leave development or optional packages out (by NODE_ENV=production or the user's npmrc), npm would leave
  // out wrangler and the Node that it runs on.
  const npm = spawn(
    command,
    [...args, "ci", "--include=dev", "--include=optional", "--no-audit", "--no-fund", "--loglevel=error"],
    {
      cwd: projectRoot,
      env: { ...process.env, PATH: pathWithoutProject() },
      stdio: ["ignore", "pipe", "pipe"],
      shell: process.platform === "win32",
    },
  );
  let output = "";
  npm.stdout.on("data", (chunk) => (output += chunk));
  npm.stderr.on("data", (chunk) => (output += chunk));
  const problem = await new Promise((resolve) => {
    npm.once("error", (error) => resolve(`npm could not be started: ${error.message}`));
    npm.once("close", (code, signal) =>
      resolve(code === 0 ? undefined : `npm ci ended with ${signal ?? `code ${code}`}`),
    );
  });
  if (problem !== undefined) {
    throw new Failure(
      `${output.trim()}\n\nThe dependencies could not be installed: ${problem}. Run \`npm ci\` to see it by itself.`,
    );
  }
}

/**
 * The npm that runs us, on the Node that it runs on; not the Node in node_modules, which `npm ci` deletes under our feet.
 * @returns {[string, ...string[]]}
 */
function npmCommand() {
  const { npm_execpath: npm, npm_node_execpath: node } = process.env;
  const usable =
    npm !== undefined &&
    path.basename(npm) === "npm-cli.js" &&
    node !== undefined &&
    existsSync(npm) &&
    existsSync(node);
  return usable && !node.startsWith(path.join(projectRoot, "node_modules")) ? [node, npm] : ["npm"];
}

/** @returns {string} PATH without this project's node_modules/.bin, for the same reason */
function pathWithoutProject() {
  const folders = (process.env["PATH"] ?? "").split(path.delimiter);
  return folders
    .filter((folder) => !folder.startsWith(path.join(projectRoot, "node_modules")))
    .join(path.delimiter);
}
