// .dev.vars: the secrets of a local run. Wrangler reads it by itself; here it is read and written for what a run can't do without.

import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { projectRoot } from "./project.mjs";

export const devVarsFile = path.join(projectRoot, ".dev.vars");

/**
 * @param {string} text what .dev.vars holds, in the form of dotenv, which is how wrangler reads it
 * @param {string} name
 * @returns {string | undefined} the variable's value; undefined when it is missing or empty
 */
export function readVariable(text, name) {
  const assignment = /^[ \t]*(?:export[ \t]+)?([\w.-]+)[ \t]*[=:][ \t]*('[^']*'|"[^"]*"|`[^`]*`|[^#\r\n]*)/gm;
  let found;
  for (const [, variable, value = ""] of text.matchAll(assignment)) {
    if (variable === name) {
      found = value.trim().replace(/^(['"`])(.*)\1$/s, "$2"); // a later line wins
    }
  }
  return found === "" ? undefined : found;
}

/**
 * @param {string} name
 * @returns {string | undefined}
 */
export function readDevVar(name) {
  return existsSync(devVarsFile) ? readVariable(readFileSync(devVarsFile, "utf8"), name) : undefined;
}

/**
 * Makes a random UMBEL_ADMIN_KEY, and keeps it in .dev.vars.
 * @returns {string} the key: 32 random bytes in letters that need no quoting in a shell
 */
export function keepRandomKey() {
  return keepDevVar("UMBEL_ADMIN_KEY", randomBytes(32).toString("base64url"));
}

/**
 * Makes a random UMBEL_IDENTITY_KEYS, and keeps it in .dev.vars.
 * @returns {string} a ring of one key (decorators/identity/keys/key-ring.ts)
 */
export function keepRandomIdentityKeys() {
  return keepDevVar("UMBEL_IDENTITY_KEYS", `local:${randomBytes(32).toString("base64url")}`);
}

/**
 * Keeps a variable in .dev.vars behind what is there already, for its owner's eyes only.
 * @param {string} name
 * @param {string} value without anything that dotenv would take for its own
 * @returns {string} the value
 */
function keepDevVar(name, value) {
  const before = existsSync(devVarsFile) ? readFileSync(devVarsFile, "utf8") : "";
  const gap = before === "" || before.endsWith("\n") ? "" : "\n";
  // Written beside it and moved there: wrangler watches the file, and must not read half of it.
  const draft = `${devVarsFile}.${process.pid}`;
  writeFileSync(draft, `${before}${gap}${name}=${value}\n`, { mode: 0o600 });
  chmodSync(draft, 0o600);
  renameSync(draft, devVarsFile);
  return value;
}
