/** A span: something that took time, within a trace. */
import type { TraceContext } from "./trace-context.ts";

export type SpanKind = "internal" | "server" | "client" | "producer" | "consumer";

export type SpanAttributes = Record<string, string | number | boolean>;

export interface Span {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  /** What it is one of many of, never what is special to it: names are what traces are grouped by. */
  name: string;
  kind: SpanKind;
  /** Epoch milliseconds, by a clock that stands still while a Worker computes. */
  startMs: number;
  endMs: number;
  /** Names by OpenTelemetry's semantic conventions, else with `umbel.`; no secrets, no data of users. */
  attributes: SpanAttributes;
  /** What went wrong; absent: nothing. */
  error?: string;
}

/** A span at this place of its trace. */
export function spanAt(
  context: TraceContext,
  parentSpanId: string | undefined,
  rest: Omit<Span, "traceId" | "spanId" | "parentSpanId">,
): Span {
  const { traceId, spanId } = context;
  return { traceId, spanId, ...(parentSpanId === undefined ? {} : { parentSpanId }), ...rest };
}
