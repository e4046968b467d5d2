// `npm test`: set-up, checks, then all tests. Arguments go to vitest: `npm test -- --project catalog`, or a part of a
// file's path. Tests run also when a check fails, so that one run shows everything.

import { spawn } from "node:child_process";
import { runChecks } from "./checks.mjs";
import { runCommand } from "./failure.mjs";
import { projectRoot } from "./project.mjs";
import { setUp } from "./setup.mjs";
import { wranglerEnvironment } from "./wrangler-environment.mjs";

await runCommand(async () => {
  await setUp();
  const failed = await runChecks();
  process.exitCode = await runVitest(process.argv.slice(2));
  if (failed.length > 0) {
    process.exitCode = 1;
    console.error(`These checks failed (see above): ${failed.join(", ")}.`);
  }
});

/**
 * @param {string[]} args
 * @returns {Promise<number>} its exit code
 */
async function runVitest(args) {
  const vitest = spawn("vitest", ["run", ...args], {
    cwd: projectRoot,
    // Wrangler would say which of the user's secrets it has read; the tests use none of them.
    env: { ...wranglerEnvironment(), WRANGLER_LOG: "warn" },
    stdio: "inherit",
    shell: process.platform === "win32",
  });
  // It hears Ctrl-C by itself, and ends its Workers before it ends.
  process.on("SIGINT", () => undefined);
  process.once("SIGTERM", () => vitest.kill("SIGTERM"));
  return new Promise((resolve, reject) => {
    vitest.once("error", reject);
    vitest.once("close", (code) => resolve(code ?? 1));
  });
}
