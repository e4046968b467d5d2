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

/** That wait, in memory. Some 400 bytes each, so that as many again on their way take another MB. */
const SPANS_MAX = 2_048;

/** Of one request to the collector, as OpenTelemetry's own processors have it. */
const BATCH_SPANS_MAX = 512;

const TIMEOUT_MS = 5_000;

/** Whoever sends goes on for as long: a Worker has 30 s after its answer. */
const SENDER_MS = 20_000;

let spans: Span[] = [];
/** Until when somebody sends; whoever has not ended by then was ended. */
let sendsUntil: number | undefined;
let on = false;

/** Whether there is a collector. To be asked at the beginning of whatever may record spans. */
export function isTracing(env: TracingEnv): boolean {
  on = env.OTEL_EXPORTER_OTLP_ENDPOINT !== undefined && env.OTEL_EXPORTER_OTLP_ENDPOINT !== "";
  return on;
}

/** As `isTracing` answered last in this isolate, whose variables do not change. */
export function tracingIsOn(): boolean {
  return on;
}

/** Whether there are spans to send, and nobody has set about to. */
export function hasSpansToSend(now: number): boolean {
  return spans.length > 0 && (sendsUntil === undefined || now >= sendsUntil);
}

/** Keeps a span until it is sent; what is too many is dropped. Only for whoever `isTracing`. */
export function recordSpan(span: Span): void {
  if (spans.length < SPANS_MAX) spans.push(span);
  else meter().count("umbel_spans_dropped_total", {});
}

/**
 * To be called at the end of whatever has recorded spans. One at a time sends, so that a collector that does not answer
 * holds one request up, which nobody waits for. `service`: the Worker's name.
 */
export function exportSpans(
  ctx: Pick<ExecutionContext, "waitUntil">,
  env: TracingEnv,
  service: string,
): void {
  const now = Date.now();
  if (!hasSpansToSend(now)) return;
  sendsUntil = now + SENDER_MS + TIMEOUT_MS;
  ctx.waitUntil(sendWhileThereAre(env, service, now + SENDER_MS));
}

/** Never rejects. */
async function sendWhileThereAre(env: TracingEnv, service: string, endsAt: number): Promise<void> {
  // What comes while a batch is under way goes with the next: there may be no further request to send it.
  while (spans.length > 0 && Date.now() < endsAt) {
    await scheduler.wait(SEND_AFTER_MS);
    const waiting = spans;
    spans = [];
    for (let first = 0; first < waiting.length; first += BATCH_SPANS_MAX) {
      const batch = waiting.slice(first, first + BATCH_SPANS_MAX);
      // A collector that takes this long takes no more.
      if (Date.now() < endsAt) await send(env, service, batch);
      else meter().count("umbel_spans_dropped_total", {}, batch.length);
    }
  }
  sendsUntil = undefined;
}

async function send(env: TracingEnv, service: string, sent: readonly Span[]): Promise<void> {
  try {
    const url = new URL(`${(env.OTEL_EXPORTER_OTLP_ENDPOINT ?? "").replace(/\/+$/, "")}/v1/traces`);
    const response = await fetch(url, {
      method: "POST",
      headers: { ...headersOf(env.OTEL_EXPORTER_OTLP_HEADERS ?? ""), "content-type": "application/json" },
      body: JSON.stringify(otlpBody(sent, service)),
      signal: AbortSignal.timeout(TIMEOUT_MS),
      // The headers are for the collector, and for nowhere that it points to.
      redirect: "manual",
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
