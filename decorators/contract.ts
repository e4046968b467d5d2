/** What a decorator is, to those who write one and to the runner that calls it. */
import type { z } from "zod";
import type { CloudEvent } from "../core/cloudevents/event.ts";
import type { FieldError } from "../core/errors.ts";
import { fieldErrors } from "../core/issues.ts";

/**
 * A small transform of one event: the contract.
 *
 * - **It answers with what goes on**: an event; several, and each goes on by itself; or nothing (`undefined` or an
 *   empty array), and the pipeline is through: the event is filtered.
 * - **It never mutates** the event, the context or its options. The event may be shared with other pipelines, and is
 *   needed as it was when a later step fails. It answers with a new event, which may share parts with the old one, or
 *   with the old one itself.
 * - **What it answers is a valid event.** `id` and `source` stay, unless it splits: then each event has an `id` of its
 *   own that is the same every time, since the id is what a repetition is known by.
 * - **It fails by throwing.** A `Reject` says that the event can never pass: it goes to the dead letters at once.
 *   Anything else is taken to pass: the event is tried again later, from the pipeline's first step, a number of
 *   times. An error touches that event alone, and stops its remaining steps.
 * - **It may run more than once** for an event, and at the same time for several. It keeps nothing between events that
 *   changes what it answers.
 */
export type Decorate = (event: CloudEvent, context: DecoratorContext) => Decorated | Promise<Decorated>;

/** What goes on after a decorator. */
export type Decorated = CloudEvent | CloudEvent[] | undefined;

/** In what an event is decorated. */
export interface DecoratorContext {
  topic: string;
  pipeline: string;
  version: number;
  /** 1 for the first run. */
  attempt: number;
}

/** Thrown by a decorator for an event that can never pass. The message says why, to the event's sender. */
export class Reject extends Error {
  override readonly name = "Reject";
}

/** An event of an example: attributes that make no difference may be left out. */
export type ExampleEvent = Partial<CloudEvent>;

/** What a decorator makes of an event: its documentation, and its test. */
export interface DecoratorExample {
  /** What this shows, in a few words. */
  shows: string;
  with: object;
  given: ExampleEvent;
  /** The events that go on, or the message of its `Reject`. */
  expect: ExampleEvent[] | { rejects: string };
}

/** The attributes that examples leave out. */
export const EXAMPLE_ATTRIBUTES = {
  specversion: "1.0",
  id: "1",
  source: "/examples",
  type: "example",
} as const;

/** A decorator as its file declares it. */
export interface DecoratorDefinition<Options extends z.ZodType> {
  /** As steps name it, and as its file is called. */
  name: string;
  /** What it does, in a sentence. */
  summary: string;
  /** What `with` may hold, with defaults and descriptions. Unknown options are refused by a strict schema. */
  options: Options;
  examples: readonly [DecoratorExample, ...DecoratorExample[]];
  /** Called once for a step, so that what can be prepared is not done for each event. */
  make(options: z.output<Options>): Decorate;
}

/** A decorator as the registry holds it, whatever its options. */
export interface Decorator extends Omit<DecoratorDefinition<z.ZodType>, "make"> {
  /** Makes the step's function from its `with`; `place` is the path of that, which errors begin with. */
  prepare(
    options: object | undefined,
    place: readonly PropertyKey[],
  ): { ok: true; decorate: Decorate } | { ok: false; errors: FieldError[] };
}

/** Keeps a definition's types together, and hides them from who lists decorators of many kinds. */
export function defineDecorator<Options extends z.ZodType>(
  definition: DecoratorDefinition<Options>,
): Decorator {
  const { name, summary, options: schema, examples } = definition;
  return {
    name,
    summary,
    options: schema,
    examples,
    prepare(options, place) {
      const parsed = schema.safeParse(options ?? {});
      if (!parsed.success) return { ok: false, errors: fieldErrors(parsed.error, place) };
      return { ok: true, decorate: definition.make(parsed.data) };
    },
  };
}
