// In which order Workers can be deployed: Cloudflare refuses a binding to a Worker that does not exist yet.

import { Failure } from "./failure.mjs";

/**
 * @template {{name: string, needs: string[]}} T
 * @param {T[]} workers `needs`: the names of the Workers that a binding names; others than these are taken to exist
 * @returns {T[]} each after those that it needs, else in the order given
 * @throws {Failure} when bindings form a cycle, with the Workers in it
 */
export function deploymentOrder(workers) {
  /** @type {T[]} */
  const ordered = [];
  let left = workers;
  while (left.length > 0) {
    const waiting = new Set(left.map(({ name }) => name));
    const next = left.filter(({ name, needs }) => needs.every((need) => need === name || !waiting.has(need)));
    if (next.length === 0) {
      throw new Failure(
        `These Workers' bindings form a cycle, so none of them can be deployed first: ${[...waiting].join(", ")}.`,
      );
    }
    ordered.push(...next);
    left = left.filter((worker) => !next.includes(worker));
  }
  return ordered;
}
