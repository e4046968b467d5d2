// Waits until a platform that was just started answers.

import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { stripVTControlCharacters } from "node:util";
import { Failure } from "./failure.mjs";

/** A first start on a slow machine takes some 15 s; what takes longer than this will not come. */
const READY_MS = 120_000;
const POLL_MS = 150;
const LOG_LINES_SHOWN = 25;

/**
 * @param {object} wanted
 * @param {string} wanted.address
 * @param {string} wanted.key
 * @param {string} wanted.logFile
 * @param {AbortSignal} wanted.signal
 * @throws {Failure} when it does not answer in time, with what it last said
 */
export async function waitUntilReady({ address, key, logFile, signal }) {
  const giveUpAt = performance.now() + READY_MS;
  let last = "nothing";
  while (performance.now() < giveUpAt) {
    signal.throwIfAborted();
    try {
      const response = await fetch(`${address}/v1/ready`, {
        headers: { authorization: `Bearer ${key}` },
        signal: AbortSignal.any([signal, AbortSignal.timeout(5000)]),
      });
      last = `${response.status} ${await response.text()}`;
      if (response.ok) {
        return;
      }
    } catch (error) {
      last = String(error instanceof Error ? (error.cause ?? error.message) : error);
    }
    await sleep(POLL_MS, undefined, { signal });
  }
  throw new Failure(`${lastLines(logFile)}\n\nUmbel did not become ready. It last answered: ${last}`);
}

/**
 * @param {string} logFile
 * @returns {string} where the log is, and its last lines
 */
export function lastLines(logFile) {
  // Colours in it are for wrangler's own terminal.
  const lines = stripVTControlCharacters(readFileSync(logFile, "utf8")).trimEnd().split("\n");
  return [`The end of ${logFile}:`, "", ...lines.slice(-LOG_LINES_SHOWN)].join("\n");
}
