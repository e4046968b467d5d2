/** What Cloudflare charges beyond what is included, in US dollars (Workers and Durable Objects: Pricing, 2026-11). */

const DURABLE_OBJECT_REQUEST = 0.15 / 1e6;
const ROW_READ = 0.001 / 1e6;
const ROW_WRITTEN = 1 / 1e6;
const WORKER_REQUEST = 0.3 / 1e6;

/** A Durable Object is billed for 128 MB for as long as it has a request. */
const DURABLE_OBJECT_MS = (12.5 / 1e6) * 0.128 * 1e-3;

/** What one answer used, and its price. CPU and duration can't be seen from inside of a Worker and are not in it. */
export interface Cost {
  doRequests: number;
  rowsRead: number;
  rowsWritten: number;
  usd: number;
}

/** Prices one request to the root; service bindings are free. */
export function costOf(used: Omit<Cost, "usd">): Cost {
  const usd =
    WORKER_REQUEST +
    used.doRequests * DURABLE_OBJECT_REQUEST +
    used.rowsRead * ROW_READ +
    used.rowsWritten * ROW_WRITTEN;
  return { ...used, usd: Number(usd.toPrecision(6)) };
}

/**
 * What so many searches cost that use this much each: requests to Durable Objects, and the time for which these are busy, which is
 * planned and can't be measured.
 */
export function searchesCost(searches: number, each: { doRequests: number; doMs: number }): number {
  return (
    searches * (WORKER_REQUEST + each.doRequests * DURABLE_OBJECT_REQUEST + each.doMs * DURABLE_OBJECT_MS)
  );
}
