// What wrangler runs before it bundles the root Worker (`[build]` in wrangler.toml), for every wrangler command: makes the
// static assets; and for a plain `wrangler dev`, sees that there is a key and that the other Workers run.

import { buildAssets } from "./assets.mjs";
import { keepRandomKey, readDevVar } from "./dev-vars.mjs";
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
  if (readDevVar("UMBEL_ADMIN_KEY") === undefined && !hasKeyInEnvironment()) {
    keepRandomKey();
    console.log("Made a random UMBEL_ADMIN_KEY; it is in .dev.vars.");
  }
  console.log(await ensureSiblings(owner));
});

/** @returns {boolean} whether wrangler was told to hand over its environment, and that has a key; .dev.vars would hide it */
function hasKeyInEnvironment() {
  return process.env["CLOUDFLARE_INCLUDE_PROCESS_ENV"] === "true" && Boolean(process.env["UMBEL_ADMIN_KEY"]);
}
