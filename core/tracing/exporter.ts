/**
 * Sends spans to the collector that the deployment names, behind the answers that they are of. Without one no span is kept.
 * Spans are worth little each: what can't be sent is dropped and counted, and nothing waits for it.
 */
import { meter } from "../metrics/isolate-meter.ts";
import { otlpBody } from "./otlp.ts";
import type { Span } from "./span.ts";

/** Named as OpenTelemetry's own SDKs do (opentelemetry.io/docs/specs/otel/protocol/exporter). */
export interface TracingEnv {
  /** Base URL of a collector, to which `/v1/traces` is added. */
  OTEL_EXPORTER_OTLP_ENDPOINT?: string;
  /** Secret: `name=value` with commas between, percent-encoded. */
  OTEL_EXPORTER_OTLP_HEADERS?: string;
}

/** Spans of many requests go together. */
const SEND_AFTER_MS = 1_000;

/** Some 400 bytes each. */
const SPANS_MAX = 2_048;

const TIMEOUT_MS = 10_000;

let spans: Span[] = [];
let sendsAt: number | undefined;

export function isTracing(env: TracingEnv): boolean {
  return env.OTEL_EXPORTER_OTLP_ENDPOINT !== undefined && env.OTEL_EXPORTER_OTLP_ENDPOINT !== "";
}

/** Keeps a span until it is sent; what is too many is dropped. Only for whoever `isTracing`. */
export function recordSpan(span: Span): void {
  if (spans.length < SPANS_MAX) spans.push(span);
  else meter().count("umbel_spans_dropped_total", {});
}

/** To be called at the end of whatever has recorded spans. `service`: the Worker's name. */
export function exportSpans(
  ctx: Pick<ExecutionContext, "waitUntil">,
  env: TracingEnv,
  service: string,
): void {
  if (spans.length === 0) return;
  const now = Date.now();
  // Whoever was to send them may have ended before.
  if (sendsAt !== undefined && now < sendsAt + SEND_AFTER_MS) return;
  sendsAt = now + SEND_AFTER_MS;
  ctx.waitUntil(scheduler.wait(SEND_AFTER_MS).then(async () => send(env, service)));
}

async function send(env: TracingEnv, service: string): Promise<void> {
  const sent = spans;
  spans = [];
  sendsAt = undefined;
  try {
    const url = new URL(`${(env.OTEL_EXPORTER_OTLP_ENDPOINT ?? "").replace(/\/+$/, "")}/v1/traces`);
    const response = await fetch(url, {
      method: "POST",
      headers: { ...headersOf(env.OTEL_EXPORTER_OTLP_HEADERS ?? ""), "content-type": "application/json" },
      body: JSON.stringify(otlpBody(sent, service)),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    await response.body?.cancel();
    if (!response.ok) throw new Error(`The collector answered ${response.status}.`);
  } catch (error) {
    meter().count("umbel_spans_dropped_total", {}, sent.length);
    console.error(JSON.stringify({ event: "spans-not-sent", spans: sent.length, error: String(error) }));
  }
}

/** The list form that W3C Baggage has, which OpenTelemetry takes over for headers. */
export function headersOf(text: string): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const pair of text.split(",")) {
    const at = pair.indexOf("=");
    if (at <= 0) continue;
    headers[pair.slice(0, at).trim().toLowerCase()] = decoded(pair.slice(at + 1).trim());
  }
  return headers;
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
