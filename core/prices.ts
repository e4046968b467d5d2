/** What Cloudflare charges beyond what is included, in US dollars (Workers and Durable Objects: Pricing, 2026-11). */

const DURABLE_OBJECT_REQUEST = 0.15 / 1e6;
const ROW_READ = 0.001 / 1e6;
const ROW_WRITTEN = 1 / 1e6;
/** A call of a user's function is one, too: its isolate is a Worker (Dynamic Workers: Pricing). */
const WORKER_REQUEST = 0.3 / 1e6;

/** What one answer used, and its price. CPU and duration can't be seen from inside of a Worker and are not in it. */
export interface Cost {
  doRequests: number;
  rowsRead: number;
  rowsWritten: number;
  /** Calls of users' functions, where there were any. */
  functionCalls?: number;
  usd: number;
}

/** Prices one request to the root; service bindings are free. */
export function costOf(used: Omit<Cost, "usd">): Cost {
  const usd =
    (1 + (used.functionCalls ?? 0)) * WORKER_REQUEST +
    used.doRequests * DURABLE_OBJECT_REQUEST +
    used.rowsRead * ROW_READ +
    used.rowsWritten * ROW_WRITTEN;
  return { ...used, usd: Number(usd.toPrecision(6)) };
}
