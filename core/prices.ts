/**
 * What Cloudflare charges on its paid plan beyond what is included, in US dollars (developers.cloudflare.com: Workers, Durable
 * Objects, Queues and Dynamic Workers, Pricing). The one table of prices: change it here, with its date.
 */
export const PRICES = {
  /** Year and month in which it was looked up. */
  asOf: "2026-11",
  /** Each. Service bindings are free; a call of a user's function is one, too: its isolate is a Worker (Dynamic Workers: Pricing). */
  workerRequest: 0.3 / 1e6,
  durableObjectRequest: 0.15 / 1e6,
  /** A GB-second; an object counts as 128 MB while it works. */
  durableObjectGbSecond: 12.5 / 1e6,
  rowRead: 0.001 / 1e6,
  rowWritten: 1 / 1e6,
  /** Of 64 KB; three a message: written, read, deleted. */
  queueOperation: 0.4 / 1e6,
  /** A unique id and code a day. */
  dynamicWorkerDay: 0.002,
} as const;

/** An object is billed as if it used all the memory that an isolate has. */
export const DURABLE_OBJECT_GB = 0.128;

/** What one answer used, and its price. CPU and duration can't be seen from inside of a Worker and are not in it. */
export interface Cost {
  doRequests: number;
  rowsRead: number;
  rowsWritten: number;
  /** Calls of users' functions, where there were any. */
  functionCalls?: number;
  usd: number;
}

/** Prices one request to the root. */
export function costOf(used: Omit<Cost, "usd">): Cost {
  const usd =
    (1 + (used.functionCalls ?? 0)) * PRICES.workerRequest +
    used.doRequests * PRICES.durableObjectRequest +
    used.rowsRead * PRICES.rowRead +
    used.rowsWritten * PRICES.rowWritten;
  return { ...used, usd: Number(usd.toPrecision(6)) };
}
