// What a run needs for itself alone: its data and its port. Refused with what to do instead.

import { accessSync, constants, mkdirSync } from "node:fs";
import { Failure } from "./failure.mjs";
import { lookAtPort } from "./port.mjs";
import { endLeftovers, isActive, readSession } from "./session.mjs";

/**
 * Sees that a state folder can be written to and no other run uses it, and ends what one that was killed has left.
 * @param {string} stateFolder
 * @throws {Failure} when it can't be written to, or another run uses it
 */
export async function claimState(stateFolder) {
  makeFolder(stateFolder);
  const session = readSession(stateFolder);
  if (session === undefined) {
    return;
  }
  if (isActive(session)) {
    throw new Failure(
      `Umbel runs already with the data in ${stateFolder} (${session.command}, process ${session.owner.pid}).\n` +
        "End that one first, or give this one data of its own: UMBEL_STATE=.wrangler/other PORT=8788 npm start",
    );
  }
  if (await endLeftovers(session)) {
    console.log("Ended what an earlier run, which was killed, had left running.");
  }
}

/**
 * @param {string} folder
 * @throws {Failure} when nothing can be kept there
 */
function makeFolder(folder) {
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Failure(
      `Umbel can't keep its data in ${folder}: ${why}\nGive it another folder: UMBEL_STATE=.wrangler/other npm start`,
    );
  }
}

/**
 * @param {number} port
 * @param {string} host
 * @throws {Failure} when it can't be had
 */
export async function claimPort(port, host) {
  const state = await lookAtPort(port, host);
  if (state === "taken") {
    throw new Failure(
      `Port ${port} is taken by another program. End that one (\`lsof -i :${port}\` names it), or choose another port:\n` +
        `PORT=${port === 8787 ? 8788 : 8787} npm start`,
    );
  }
  if (state === "forbidden") {
    throw new Failure(
      `Port ${port} may not be used without special rights. Choose one above 1023: PORT=8787 npm start`,
    );
  }
}
