// The environment that wrangler runs in: quiet, asking no one, calling no one it need not.

import path from "node:path";
import { projectRoot } from "./project.mjs";
import { wranglerNode } from "./wrangler-node.mjs";

/** wrangler's script, for `wranglerNode()` to run. */
export const wranglerScript = path.join(projectRoot, "node_modules/wrangler/bin/wrangler.js");

/**
 * @param {string} arg of a process's command line
 * @returns {boolean} whether that process is wrangler itself, which the script above starts as a process of its own
 */
export function isWranglerScript(arg) {
  return /[\\/]wrangler[\\/]wrangler-dist[\\/]cli\.js$/.test(arg);
}

/**
 * What a local run may see of the user's environment. A list of what is needed rather than of what is secret, because
 * wrangler hands its whole environment to the Workers when it is to hand over UMBEL_ADMIN_KEY (see start.mjs).
 */
const passedOn = [
  "HOME",
  "LANG",
  "LC_ALL",
  "TMPDIR",
  "XDG_CONFIG_HOME",
  "XDG_CACHE_HOME",
  "HTTP_PROXY",
  "HTTPS_PROXY",
  "NO_PROXY",
  "http_proxy",
  "https_proxy",
  "no_proxy",
  "NODE_EXTRA_CA_CERTS",
  "SSL_CERT_FILE",
  "SSL_CERT_DIR",
  // Windows
  "APPDATA",
  "LOCALAPPDATA",
  "SystemRoot",
  "TEMP",
  "TMP",
  "USERPROFILE",
];

/**
 * @returns {Record<string, string | undefined>} for any wrangler command: the user's environment, with this project's
 *   tools first in PATH, and without questions, metrics or a look for updates
 */
export function wranglerEnvironment() {
  const folders = [
    path.join(projectRoot, "node_modules/.bin"),
    path.dirname(wranglerNode()),
    process.env["PATH"] ?? "",
  ];
  return {
    ...process.env,
    PATH: folders.join(path.delimiter),
    WRANGLER_SEND_METRICS: "false",
    WRANGLER_SEND_ERROR_REPORTS: "false",
    WRANGLER_HIDE_BANNER: "true", // showing it asks the npm registry for updates
    WRANGLER_NO_SKILLS_UPDATE_PROMPTS: "true",
    CLOUDFLARE_CF_FETCH_ENABLED: "false",
    UMBEL_SIBLINGS: "0", // whoever calls wrangler through us says which Workers to start
  };
}

/**
 * @param {Record<string, string>} more
 * @returns {Record<string, string | undefined>} for `wrangler dev`: little of the user's environment, and `more`
 */
export function localEnvironment(more) {
  const { PATH, ...quiet } = wranglerEnvironment();
  const set = Object.entries(quiet).filter(
    ([name, value]) => passedOn.includes(name) || value !== process.env[name],
  );
  return {
    ...Object.fromEntries(set),
    PATH,
    NO_COLOR: "1",
    WRANGLER_WRITE_LOGS: "false", // its output has a file already
    // The explorer shows and changes all local data without a key, and the other records every request.
    X_LOCAL_EXPLORER: "false",
    X_LOCAL_OBSERVABILITY: "false",
    ...more,
  };
}
