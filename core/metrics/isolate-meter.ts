/** The meter of this isolate, and when it sends. */
import type { MetricsApi } from "../contracts/metrics.ts";
import { Meter, SEND_AFTER_MS } from "./meter.ts";

let ofThisIsolate: Meter | undefined;

/** Made when it is first asked for: random numbers are not to be had while a Worker is loaded. */
export function meter(): Meter {
  ofThisIsolate ??= new Meter(crypto.randomUUID());
  return ofThisIsolate;
}

/**
 * To be called at the end of whatever has counted something: sends it after a while, with all that is counted
 * meanwhile, behind the answer.
 */
export function sendMetrics(
  ctx: Pick<ExecutionContext, "waitUntil">,
  catalog: Pick<MetricsApi, "recordMetrics">,
): void {
  const counted = meter();
  if (counted.due(Date.now()) !== "later") return;
  ctx.waitUntil(
    scheduler
      .wait(SEND_AFTER_MS)
      .then(async () => counted.send(async (batch) => catalog.recordMetrics(batch))),
  );
}

/** Sends at once: for whoever wants to read what was counted, or is about to end. */
export async function sendMetricsNow(catalog: Pick<MetricsApi, "recordMetrics">): Promise<void> {
  await meter().send(async (batch) => catalog.recordMetrics(batch));
}
