/** The context of a run that no journal knows: an example, a simulation, an invocation. */
import { takeOrigin } from "../../core/cloudevents/platform-attributes.ts";
import type { CloudEvent } from "../../core/cloudevents/event.ts";
import type { DecoratorContext } from "../contract.ts";
import type { Services } from "../services.ts";

export function contextOf(
  { topic, name, version }: { topic: string; name: string; version: number },
  occurrence: string,
  { now, services }: { now: number; services: Services },
): DecoratorContext {
  return {
    topic,
    pipeline: name,
    version,
    attempt: 1,
    occurrence,
    acceptedAt: now,
    now,
    calls: [],
    services,
  };
}

/** Both as a run takes them, with the origin in the context alone. */
export function withOriginOf(
  given: CloudEvent,
  context: DecoratorContext,
): { event: CloudEvent; context: DecoratorContext } {
  const { event, ...from } = takeOrigin(given);
  return { event, context: { ...context, ...from } };
}
