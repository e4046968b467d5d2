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
  if (meter().due(Date.now()) === "later") ctx.waitUntil(sendAfterAWhile(catalog));
}

/**
 * To be called when a Worker begins what will have something counted in its isolate, such as a Durable Object of its own that may
 * not wait: sends after a while what there is by then. Where the object is elsewhere, there is nothing, and nothing is sent.
 */
export function expectMetrics(
  ctx: Pick<ExecutionContext, "waitUntil">,
  catalog: Pick<MetricsApi, "recordMetrics">,
): void {
  if (meter().claim(Date.now())) ctx.waitUntil(sendAfterAWhile(catalog));
}

async function sendAfterAWhile(catalog: Pick<MetricsApi, "recordMetrics">): Promise<void> {
  await scheduler.wait(SEND_AFTER_MS);
  await sendMetricsNow(catalog);
}

/**
 * To be called at the end of whatever a Durable Object does: sends at once, if that was some time ago. It waits for nothing, since
 * an object that waits is billed for it; what is counted until the next request in its isolate goes with that one.
 */
export function sendMetricsFromObject(
  ctx: Pick<ExecutionContext, "waitUntil">,
  catalog: Pick<MetricsApi, "recordMetrics">,
): void {
  if (meter().isOverdue(Date.now())) ctx.waitUntil(sendMetricsNow(catalog));
}

/** Sends at once: for whoever wants to read what was counted, or is about to end. */
export async function sendMetricsNow(catalog: Pick<MetricsApi, "recordMetrics">): Promise<void> {
  await meter().send(async (batch) => catalog.recordMetrics(batch));
}
