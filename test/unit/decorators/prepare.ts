/** Steps by their decorator's name, prepared and run as the runner does. */
import type { CloudEvent } from "../../../core/cloudevents/event.ts";
import { validateEvent } from "../../../core/cloudevents/validate.ts";
import { BUILT_IN } from "../../../decorators/built-in/index.ts";
import {
  EXAMPLE_ATTRIBUTES,
  type Decorate,
  type DecoratorContext,
  type ExampleEvent,
} from "../../../decorators/contract.ts";
import { contextWith } from "./memory-services.ts";

export const find = (name: string) => BUILT_IN.find((decorator) => decorator.name === name);

/** What is wrong with a step's options, by their place below `with`. */
export function faultsOf(use: string, options: unknown): { path: string; message: string }[] {
  // As it comes out of a declaration, which may hold anything.
  const prepared = find(use)?.prepare(options as object, ["with"], find);
  if (prepared === undefined) throw new Error(`no decorator ${use}`);
  return prepared.ok ? [] : prepared.errors;
}

export function step(use: string, options: object): Decorate {
  const prepared = find(use)?.prepare(options, ["with"], find);
  if (prepared?.ok !== true) throw new Error(JSON.stringify(prepared));
  return prepared.decorate;
}

export function eventOf(event: ExampleEvent): CloudEvent {
  return { ...EXAMPLE_ATTRIBUTES, ...event };
}

/** The events that go on. Each is a valid one. */
export async function run(
  use: string,
  options: object,
  event: ExampleEvent,
  context: DecoratorContext = contextWith(),
): Promise<CloudEvent[]> {
  const decorated = await step(use, options)(eventOf(event), context);
  const events = Array.isArray(decorated) ? decorated : decorated === undefined ? [] : [decorated];
  for (const made of events) {
    const validation = validateEvent(made);
    if (!validation.ok && validation.code !== "event-too-large") throw new Error(JSON.stringify(validation));
  }
  return events;
}

/** The data of the one event that goes on. */
export async function dataOf(
  use: string,
  options: object,
  data: unknown,
  context?: DecoratorContext,
): Promise<unknown> {
  const [event, ...others] = await run(use, options, { data: data as object }, context);
  if (event === undefined || others.length > 0) throw new Error("not one event");
  return event.data;
}
