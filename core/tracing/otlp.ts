/** Spans as OTLP over HTTP takes them, in JSON (opentelemetry.io/docs/specs/otlp, opentelemetry-proto 1.x, trace/v1). */
import type { Span, SpanAttributes, SpanKind } from "./span.ts";

const KINDS: Record<SpanKind, number> = { internal: 1, server: 2, client: 3, producer: 4, consumer: 5 };

const STATUS_ERROR = 2;

/** The body of `POST /v1/traces`: ids in hexadecimal, times and integers as decimal text, as proto3's JSON wants it. */
export function otlpBody(spans: readonly Span[], service: string): object {
  return {
    resourceSpans: [
      {
        resource: { attributes: attributesOf({ "service.name": service, "service.namespace": "umbel" }) },
        scopeSpans: [{ scope: { name: "umbel" }, spans: spans.map(otlpSpan) }],
      },
    ],
  };
}

function otlpSpan({
  traceId,
  spanId,
  parentSpanId,
  name,
  kind,
  startMs,
  endMs,
  attributes,
  error,
}: Span): object {
  return {
    traceId,
    spanId,
    ...(parentSpanId === undefined ? {} : { parentSpanId }),
    name,
    kind: KINDS[kind],
    startTimeUnixNano: nanoseconds(startMs),
    endTimeUnixNano: nanoseconds(Math.max(startMs, endMs)),
    attributes: attributesOf(attributes),
    ...(error === undefined ? {} : { status: { code: STATUS_ERROR, message: error } }),
  };
}

function attributesOf(attributes: SpanAttributes): object[] {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: valueOf(value) }));
}

function valueOf(value: string | number | boolean): object {
  if (typeof value === "string") return { stringValue: value };
  if (typeof value === "boolean") return { boolValue: value };
  return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value };
}

/** Beyond what a double holds: as text. */
function nanoseconds(ms: number): string {
  return `${Math.floor(ms)}${String(Math.round((ms % 1) * 1e6)).padStart(6, "0")}`;
}
