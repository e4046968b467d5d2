// `npm run types`: an env.d.ts beside each Worker's code, with the interface of its bindings, from its wrangler.toml.
// With `--check` it only says whether the files are what they should be.

import { readFileSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { Failure, runCommand } from "./failure.mjs";
import { projectRoot, rootWorker } from "./project.mjs";
import { setUp } from "./setup.mjs";
import { readWorkerSettings } from "./worker-settings.mjs";
import { continueOnWranglerNode } from "./wrangler-node.mjs";

// Read by wrangler when it is imported: without it, the output of the root's build command is among ours.
process.env["WRANGLER_LOG"] = "error";

/** @typedef {import("./worker-settings.mjs").WorkerSettings} WorkerSettings */

await runCommand(async () => {
  await setUp();
  continueOnWranglerNode();
  process.chdir(projectRoot);

  const workers = await readWorkerSettings();
  const stale = [];
  for (const worker of workers) {
    const { file, content } = await bindingTypes(worker, workers);
    if (content !== readOrEmpty(file)) {
      stale.push(file);
      if (!process.argv.includes("--check")) {
        writeFileSync(file, content);
      }
    }
  }
  if (process.argv.includes("--check") && stale.length > 0) {
    throw new Failure(`Not what the Workers' wrangler.toml say: ${stale.join(", ")}. Run \`npm run types\`.`);
  }
  console.log(stale.length === 0 ? "The binding types are up to date." : `Wrote ${stale.join(", ")}.`);
});

/**
 * @param {WorkerSettings} worker
 * @param {WorkerSettings[]} all
 * @returns {Promise<{file: string, content: string}>}
 */
async function bindingTypes({ name, config, folder, needs }, all) {
  const { experimental_generateTypes: generateTypes } = await import("wrangler");
  const file = path.join(folder, "env.d.ts");
  const envInterface = interfaceName(name);
  const { env } = await generateTypes({
    // The Workers that it calls, too: so the types of their methods are known.
    config: [config, ...all.filter((other) => needs.includes(other.name)).map((other) => other.config)],
    path: file,
    envInterface,
    includeRuntime: false,
    envFile: [os.devNull], // else what the file of secrets on this machine happens to hold becomes part of the types
  });
  // Wrangler also declares Cloudflare.Env and modules for text and binary files, in each file anew; with several Workers in
  // one program these contradict each other. The interface is all that is used.
  const bindings = new RegExp(`^interface __BaseEnv_${envInterface} (\\{.*?^\\})`, "ms").exec(env ?? "")?.[1];
  if (bindings === undefined) {
    throw new Error(`wrangler gave no interface for ${config}: ${env}`);
  }
  return {
    file,
    content: `// Written by \`npm run types\` from ${config}.\n\ninterface ${envInterface} ${bindings}\n`,
  };
}

/**
 * @param {string} name such as umbel-dead-letters
 * @returns {string} such as DeadLettersBindings
 */
function interfaceName(name) {
  const words = name === rootWorker.name ? ["root"] : name.split("-").slice(1);
  return `${words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join("")}Bindings`;
}

/** @param {string} file */
function readOrEmpty(file) {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
