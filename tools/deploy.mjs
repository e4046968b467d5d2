// `npm run deploy`: the queues that are missing, then every Worker, each after those that its bindings name. It sets no
// variable and no secret. With `--dry-run` it builds them all, and needs neither an account nor the network.

import path from "node:path";
import { deploymentOrder } from "./deploy-order.mjs";
import { Failure, runCommand } from "./failure.mjs";
import { projectRoot, rootWorker } from "./project.mjs";
import { askWrangler, showWrangler } from "./run-wrangler.mjs";
import { setUp } from "./setup.mjs";
import { readWorkerSettings } from "./worker-settings.mjs";
import { continueOnWranglerNode } from "./wrangler-node.mjs";

/** @typedef {import("./worker-settings.mjs").WorkerSettings} WorkerSettings */

await runCommand(async () => {
  const args = process.argv.slice(2);
  const dryRun = args.includes("--dry-run");
  const unknown = args.filter((arg) => arg !== "--dry-run");
  if (unknown.length > 0) {
    throw new Failure(`Unknown argument ${unknown.join(" ")}. Usage: npm run deploy [-- --dry-run]`);
  }
  await setUp();
  continueOnWranglerNode();

  const workers = deploymentOrder(await readWorkerSettings());
  const queues = [...new Set(workers.flatMap((worker) => worker.queues))];
  if (dryRun) {
    console.log(`Queues that would be created where missing: ${queues.join(", ")}`);
    workers.forEach(build);
    console.log("\nNothing was deployed. Leave out --dry-run to deploy.");
    return;
  }
  checkLogin();
  queues.forEach(createIfMissing);
  deployAll(workers);
  remindOfKey();
});

/**
 * @param {WorkerSettings} worker
 * @param {number} index
 * @throws {Failure} when it can't be built
 */
function build({ name, config }, index) {
  const folder = path.join("dist/deploy", name);
  const { ok, output } = askWrangler([
    "deploy",
    "--dry-run",
    "--outdir",
    path.join(projectRoot, folder),
    "-c",
    path.join(projectRoot, config),
  ]);
  if (!ok) {
    throw new Failure(`${output}\n\n${name} (${config}) could not be built; nothing was deployed.`);
  }
  const size = /^Total Upload: (.+) \/ gzip: (.+)$/m.exec(output);
  console.log(
    `\n${index + 1}. ${name} → ${folder}: ${size?.[1] ?? "unknown size"}, ${size?.[2] ?? "unknown size"} with gzip`,
  );
  for (const [, binding = ""] of output.matchAll(/^(env\..+)$/gm)) {
    console.log(`   ${binding.trim().replaceAll(/\s{2,}/g, "  ")}`);
  }
}

/** @throws {Failure} when nobody is logged in; said before anything is tried */
function checkLogin() {
  const hasToken =
    process.env["CLOUDFLARE_API_TOKEN"] !== undefined || process.env["CLOUDFLARE_API_KEY"] !== undefined;
  if (!hasToken && !askWrangler(["whoami", "--json"]).ok) {
    throw new Failure(
      "You are not logged in to Cloudflare. Run `npx wrangler login`, or set CLOUDFLARE_API_TOKEN. Nothing was deployed.",
    );
  }
}

/**
 * @param {string} queue
 * @throws {Failure}
 */
function createIfMissing(queue) {
  const { ok, output } = askWrangler(["queues", "info", queue]);
  if (ok) {
    console.log(`Queue ${queue}: there.`);
    return;
  }
  if (!output.includes(`Queue "${queue}" does not exist`)) {
    throw new Failure(`${output}\n\nThe queue ${queue} could not be looked up; nothing was deployed.`);
  }
  const created = askWrangler(["queues", "create", queue]);
  if (!created.ok) {
    throw new Failure(`${created.output}\n\nThe queue ${queue} could not be created; nothing was deployed.`);
  }
  console.log(`Queue ${queue}: created.`);
}

/**
 * @param {WorkerSettings[]} workers in their order
 * @throws {Failure} at the first that fails, with those that are deployed by then
 */
function deployAll(workers) {
  workers.forEach(({ name, config }, index) => {
    console.log(`\n${index + 1} of ${workers.length}: ${name}`);
    if (!showWrangler(["deploy", "-c", path.join(projectRoot, config)])) {
      const done = workers.slice(0, index).map((worker) => worker.name);
      throw new Failure(
        `${name} could not be deployed. ${done.length === 0 ? "No Worker was" : `Deployed before it: ${done.join(", ")}`}. ` +
          "Mend what wrangler says, and run `npm run deploy` again.",
      );
    }
  });
}

/** Says so when the deployed root has no key yet, and therefore answers 503 to what needs one. */
function remindOfKey() {
  const { ok, stdout } = askWrangler([
    "secret",
    "list",
    "--format",
    "json",
    "-c",
    path.join(projectRoot, rootWorker.config),
  ]);
  /** @type {{name: string}[]} */
  const secrets = ok ? JSON.parse(stdout) : [];
  if (!secrets.some(({ name }) => name === "UMBEL_ADMIN_KEY")) {
    console.log(
      `\nAll Workers are deployed. ${ok ? "There is no key yet, so every request that needs one is answered with 503" : "If there is no key yet"}:\n` +
        "  npx wrangler secret put UMBEL_ADMIN_KEY",
    );
    return;
  }
  console.log("\nAll Workers are deployed.");
}
