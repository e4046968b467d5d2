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

/** The secrets that a deployment needs, and what it answers with 503 until it has them. */
const secrets = [
  {
    config: rootWorker.config,
    name: "UMBEL_ADMIN_KEY",
    missed: "every request that needs a key is answered with 503",
    put: "npx wrangler secret put UMBEL_ADMIN_KEY",
  },
  {
    config: "decorators/identity/wrangler.toml",
    name: "UMBEL_IDENTITY_KEYS",
    missed: "second factors and sign-ups are answered with 503 (docs/identity.md says how to make it)",
    put: "npx wrangler secret put UMBEL_IDENTITY_KEYS -c decorators/identity/wrangler.toml",
  },
];

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
  remindOfSecrets();
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

/** Says which secrets the deployed Workers lack, and how to set them. */
function remindOfSecrets() {
  console.log("\nAll Workers are deployed.");
  for (const { config, name, missed, put } of secrets) {
    const list = ["secret", "list", "--format", "json", "-c", path.join(projectRoot, config)];
    const { ok, stdout } = askWrangler(list);
    /** @type {{name: string}[]} */
    const present = ok ? JSON.parse(stdout) : [];
    if (!present.some((secret) => secret.name === name)) {
      console.log(
        `\n${ok ? `There is no ${name} yet, so` : `If there is no ${name} yet,`} ${missed}:\n  ${put}`,
      );
    }
  }
}
