/** An event on its way through a pipeline: where it came from, what it became, and what is still to be delivered. */
import type { CloudEvent } from "../../core/cloudevents/event.ts";
import { routeOf, takeOrigin } from "../../core/cloudevents/platform-attributes.ts";
import type { UpstreamAnswer } from "../../core/contracts/pipeline-runs.ts";
import type { RetryPolicy, Sink } from "../../core/contracts/pipelines.ts";
import type { HandedEvent, Handover } from "../../core/contracts/queue.ts";
import { KEPT_EVENTS } from "../../core/platform-collections.ts";
import type { TraceContext } from "../../core/tracing/trace-context.ts";
import type { EventPlace } from "../../core/document/write-order.ts";
import type { DecoratorContext } from "../contract.ts";
import type { Services } from "../services.ts";
import type { Outcome } from "./outcome.ts";
import type { RunnablePipeline } from "./pipeline-cache.ts";
import { countStep } from "./metering.ts";
import { runPipeline, type StepReport } from "./runner.ts";
import { sinkKey } from "./sink-key.ts";
import { deliveryTrace, traceOf, traceStep, type RunTrace } from "./tracing.ts";

export interface Work {
  topic: string;
  pipeline: string;
  version: number;
  /** How its pipeline tries again. */
  retry: RetryPolicy;
  handed: HandedEvent;
  outcome: Outcome;
  /** The sinks that have all that the event became. */
  done: Set<string>;
  /** Where it belongs to a trace that is recorded. */
  trace?: RunTrace;
  /** What an upstream answered, for whoever invoked the pipeline. */
  upstream?: UpstreamAnswer;
}

/** What is to be delivered for an event, and where. */
export interface Parcel {
  work: Work;
  sink: Sink;
  key: string;
  event: CloudEvent;
  /** Which of the events that the accepted one became. */
  part: number;
  /** Its delivery's place in the event's trace, where it has one. */
  trace?: TraceContext;
}

/** Where an event stands among all: what it is ordered and known by, in every run. */
export function placeOf({ handed, pipeline }: Work, part: number): EventPlace {
  const { acceptedAt, sequence, index, first } = handed;
  return { at: acceptedAt, ...(first ?? { sequence, index }), replay: first ? sequence : 0, part, pipeline };
}

/** Names the acceptance of an event, in every run and replay. */
export function occurrenceOf(topic: string, { sequence, index, first }: HandedEvent): string {
  const place = first ?? { sequence, index };
  return `${topic}/${place.sequence}/${place.index}`;
}

/** An event whose pipeline can't be run. */
export function stuck(handover: Handover, handed: HandedEvent, outcome: Outcome): Work {
  const { topic, pipeline, version } = handover;
  return { topic, pipeline, version, retry: {}, handed, outcome, done: new Set(handed.done) };
}

/** Runs an event's steps. Never rejects. */
export async function runEvent(
  { topic, pipeline: name }: Handover,
  handed: HandedEvent,
  pipeline: RunnablePipeline,
  { now, services }: { now: () => number; services: Services },
): Promise<{ work: Work; parcels: Parcel[]; made: CloudEvent[] }> {
  const { version, retry, deliver, keep } = pipeline;
  const { event, ...from } = takeOrigin(handed.event);
  const context: DecoratorContext = {
    topic,
    pipeline: name,
    version,
    attempt: handed.failures + handed.waits + 1,
    occurrence: occurrenceOf(topic, handed),
    acceptedAt: handed.acceptedAt,
    now: now(),
    calls: [],
    services,
    ...from,
  };
  const trace = traceOf(event, context.now);
  const onStep = (report: StepReport): void => {
    countStep(name, version, report);
    if (trace !== undefined) traceStep(trace, report, now());
  };
  const run = await runPipeline(pipeline, event, context, { now, onStep });
  const outcome: Outcome = run.kind === "made" ? { kind: "delivered" } : run;
  const work: Work = {
    topic,
    pipeline: name,
    version,
    retry,
    handed,
    outcome,
    done: new Set(handed.done),
    ...(trace === undefined ? {} : { trace }),
  };
  if (run.kind !== "made") return { work, parcels: [], made: [] };
  const parcels = run.events.flatMap((made, part) =>
    [...(routeOf(made) ?? deliver), ...(keep ? [{ collection: KEPT_EVENTS }] : [])].flatMap(
      (sink): Parcel[] => {
        const key = sinkKey(sink);
        if (work.done.has(key)) return [];
        const place = deliveryTrace(trace, event);
        return [{ work, sink, key, event: made, part, ...(place === undefined ? {} : { trace: place }) }];
      },
    ),
  );
  return { work, parcels, made: run.events };
}
