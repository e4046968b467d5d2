// What the environment says about a local run. Wrong values are refused before anything is installed or started.

import path from "node:path";
import { Failure } from "./failure.mjs";
import { projectRoot } from "./project.mjs";
import { workerVariables } from "./worker-variables.mjs";

const PORT_DEFAULT = 8787;

/**
 * @typedef {object} StartOptions
 * @property {number} port
 * @property {string} stateFolder absolute
 * @property {boolean} examples whether to load the example data
 * @property {boolean} faults whether faults may be injected
 * @property {string | undefined} eventFaults with `faults`: the share of what consumers of events do that goes wrong
 * @property {boolean} privateWebhooks whether webhooks may go to this machine and its network
 * @property {string | undefined} key UMBEL_ADMIN_KEY; undefined when it is not given
 * @property {string | undefined} identityKeys UMBEL_IDENTITY_KEYS; undefined when it is not given
 * @property {Record<string, string>} variables what Workers read as it is
 */

/**
 * @param {Record<string, string | undefined>} env
 * @returns {StartOptions}
 * @throws {Failure} naming the variable that can't be
 */
export function readStartOptions(env) {
  checkOrigins(env["UMBEL_CORS_ORIGINS"]);
  return {
    port: readPort(env["PORT"]),
    // Relative to the project, whatever folder the command is run from.
    stateFolder: path.resolve(projectRoot, env["UMBEL_STATE"] || ".wrangler/state"),
    examples: env["UMBEL_EXAMPLES"] !== "0",
    faults: env["UMBEL_FAULTS"] === "1",
    eventFaults: env["UMBEL_EVENT_FAULTS"] || undefined,
    privateWebhooks: env["UMBEL_WEBHOOKS_PRIVATE"] === "1",
    key: readKey(env["UMBEL_ADMIN_KEY"]),
    identityKeys: env["UMBEL_IDENTITY_KEYS"] || undefined,
    variables: workerVariables(env),
  };
}

/** @param {string | undefined} text */
function readPort(text) {
  if (text === undefined || text === "") {
    return PORT_DEFAULT;
  }
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port < 1 || port > 65_535) {
    throw new Failure(`PORT is ${JSON.stringify(text)}; it must be a number from 1 to 65535.`);
  }
  return port;
}

/** @param {string | undefined} text */
function checkOrigins(text = "") {
  for (const origin of text.split(",").map((each) => each.trim())) {
    if (origin !== "" && origin !== "*" && URL.parse(origin)?.origin !== origin) {
      throw new Failure(
        `UMBEL_CORS_ORIGINS names ${JSON.stringify(origin)}; an origin is like https://app.example.com, without a path.`,
      );
    }
  }
}

/** @param {string | undefined} text */
function readKey(text) {
  // What can't stand in an Authorization header could never be presented.
  if (text !== undefined && !/^[\x21-\x7e]*$/.test(text)) {
    throw new Failure("UMBEL_ADMIN_KEY must be printable ASCII without spaces.");
  }
  return text === "" ? undefined : text;
}
