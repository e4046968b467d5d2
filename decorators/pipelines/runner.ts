/** Runs a pipeline over one event: its filter, then its steps in order. Pure but for what decorators do. */
import type { CloudEvent } from "../../core/cloudevents/event.ts";
import { Reject, type Decorated, type DecoratorContext } from "../contract.ts";
import type { CompiledPipeline, CompiledStep } from "./compile.ts";
import { EVENTS_OUT_MAX } from "./limits.ts";
import type { Trouble } from "./outcome.ts";

/** What an event became. `made` holds at least one event. */
export type Run = { kind: "made"; events: CloudEvent[] } | { kind: "filtered" } | Trouble;

/** Never throws: whatever a decorator does is this event's outcome. */
export async function runPipeline(
  pipeline: CompiledPipeline,
  event: CloudEvent,
  context: DecoratorContext,
): Promise<Run> {
  if (pipeline.matches !== undefined && !pipeline.matches(event)) return { kind: "filtered" };
  let events = [event];
  for (const [index, step] of pipeline.steps.entries()) {
    const made: CloudEvent[] = [];
    try {
      for (const current of events)
        made.push(...(await runStep(step, current, context, EVENTS_OUT_MAX - made.length)));
    } catch (error) {
      return {
        kind: isReject(error) ? "rejected" : "failed",
        error: `steps[${index}] (${step.use}): ${messageOf(error)}`,
      };
    }
    if (made.length === 0) return { kind: "filtered" };
    events = made;
  }
  return { kind: "made", events };
}

async function runStep(
  { decorate }: CompiledStep,
  event: CloudEvent,
  context: DecoratorContext,
  eventsMax: number,
): Promise<CloudEvent[]> {
  const decorated = listOf(await decorate(event, context));
  if (decorated.length > eventsMax) throw new Reject(`An event becomes at most ${EVENTS_OUT_MAX} events.`);
  return decorated;
}

function listOf(decorated: Decorated): CloudEvent[] {
  if (decorated === undefined) return [];
  return Array.isArray(decorated) ? decorated : [decorated];
}

/** By name too: the class of an error does not survive the way from another isolate. */
function isReject(error: unknown): boolean {
  return error instanceof Error && error.name === "Reject";
}

/** Anything can be thrown, and not everything can be made a text. */
function messageOf(error: unknown): string {
  if (error instanceof Error) return error.message;
  return typeof error === "string" ? error : "something was thrown that is no error";
}
