/** An event's run in its trace: a span for the run, and below it one a step and one a delivery. */
import type { CloudEvent } from "../../core/cloudevents/event.ts";
import { sinkLabel } from "../../core/sink-label.ts";
import type { Sink } from "../../core/contracts/pipelines.ts";
import { recordSpan, tracingIsOn } from "../../core/tracing/exporter.ts";
import { spanAt } from "../../core/tracing/span.ts";
import {
  childOf,
  isRecorded,
  parseTraceparent,
  type TraceContext,
} from "../../core/tracing/trace-context.ts";
import type { Outcome } from "./outcome.ts";
import type { StepReport } from "./runner.ts";

/** A run that is recorded. */
export interface RunTrace {
  context: TraceContext;
  parentSpanId: string;
  startedAt: number;
}

/** The trace that an event belongs to (CloudEvents' extension for distributed tracing); undefined: none that is recorded. */
export function traceOf(event: CloudEvent, startedAt: number): RunTrace | undefined {
  if (!tracingIsOn()) return undefined;
  const parent = parseTraceparent(event["traceparent"]);
  if (parent === undefined || !isRecorded(parent)) return undefined;
  return { context: childOf(parent), parentSpanId: parent.spanId, startedAt };
}

/** To be called when the run has come to its end. `error`: what the event came to, where it did not go well. */
export function traceRun(
  { context, parentSpanId, startedAt }: RunTrace,
  {
    topic,
    pipeline,
    version,
    attempt,
    error,
  }: {
    topic: string;
    pipeline: string;
    version: number;
    attempt: number;
    error?: string;
  },
  endedAt: number,
): void {
  recordSpan(
    spanAt(context, parentSpanId, {
      name: "pipeline run",
      kind: "consumer",
      startMs: startedAt,
      endMs: endedAt,
      attributes: {
        "messaging.system": "umbel",
        "messaging.destination.name": topic,
        "umbel.pipeline": pipeline,
        "umbel.pipeline.version": version,
        "umbel.attempt": attempt,
      },
      ...(error === undefined ? {} : { error }),
    }),
  );
}

export function traceStep(run: RunTrace, { step, use, error, tookMs }: StepReport, endedAt: number): void {
  recordSpan(
    spanAt(childOf(run.context), run.context.spanId, {
      name: "step",
      kind: "internal",
      startMs: endedAt - tookMs,
      endMs: endedAt,
      attributes: { "umbel.step": step, "umbel.decorator": use },
      // What a function threw may hold what is in its event: in the dead letter it is, and not in a trace.
      ...(error === undefined ? {} : { error: "failed" }),
    }),
  );
}

/** A delivery's place in its event's trace: what a receiver takes for its parent. */
export function deliveryTrace(run: RunTrace | undefined, event: CloudEvent): TraceContext | undefined {
  if (run !== undefined) return childOf(run.context);
  // Where nobody records here, the receiver's parent is whoever sent the event.
  return parseTraceparent(event["traceparent"]);
}

export function traceDelivery(
  run: RunTrace,
  context: TraceContext,
  {
    sink,
    outcome,
    startedAt,
    endedAt,
  }: { sink: Sink; outcome: Outcome["kind"]; startedAt: number; endedAt: number },
): void {
  recordSpan(
    spanAt(context, run.context.spanId, {
      name: "delivery",
      kind: "producer",
      startMs: startedAt,
      endMs: endedAt,
      attributes: { "umbel.sink": sinkLabel(sink) },
      ...(outcome === "delivered" ? {} : { error: outcome }),
    }),
  );
}
