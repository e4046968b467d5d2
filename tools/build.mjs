// What wrangler runs before it bundles the root Worker (`[build]` in wrangler.toml), for every wrangler command: makes the
// static assets; and for a plain `wrangler dev`, sees that there is a key and that the other Workers run.

import { buildAssets } from "./assets.mjs";
import { keepRandomIdentityKeys, keepRandomKey, readDevVar } from "./dev-vars.mjs";
import { runCommand } from "./failure.mjs";
import { ensureSiblings, plainWranglerDev } from "./siblings.mjs";

await runCommand(async () => {
  buildAssets();
  if (process.env["WRANGLER_COMMAND"] !== "dev" || process.env["UMBEL_SIBLINGS"] === "0") {
    return;
  }
  const owner = plainWranglerDev();
  if (owner === undefined) {
    return;
  }
  if (readDevVar("UMBEL_ADMIN_KEY") === undefined && !hasInEnvironment("UMBEL_ADMIN_KEY")) {
    keepRandomKey();
    console.log("Made a random UMBEL_ADMIN_KEY; it is in .dev.vars.");
  }
  if (readDevVar("UMBEL_IDENTITY_KEYS") === undefined && !hasInEnvironment("UMBEL_IDENTITY_KEYS")) {
    keepRandomIdentityKeys();
    console.log("Made a random UMBEL_IDENTITY_KEYS; it is in .dev.vars.");
  }
  console.log(await ensureSiblings(owner));
});

/**
 * @param {string} name
 * @returns {boolean} whether wrangler was told to hand over its environment, and that has it; .dev.vars would hide it
 */
function hasInEnvironment(name) {
  return process.env["CLOUDFLARE_INCLUDE_PROCESS_ENV"] === "true" && Boolean(process.env[name]);
}
