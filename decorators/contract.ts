/** What a decorator is, to those who write one and to the runner that calls it. */
import type { z } from "zod";
import type { CloudEvent } from "../core/cloudevents/event.ts";
import type { Origin } from "../core/cloudevents/origin.ts";
import type { FieldError } from "../core/errors.ts";
import { fieldErrors, formatPath } from "../core/issues.ts";
import type { FunctionSplit } from "../core/contracts/functions.ts";
import { isFunctionStep, prepareFunctionStep } from "./function-step.ts";
import type { Services } from "./services.ts";

/**
 * A small transform of one event: the contract.
 *
 * - **It answers with what goes on**: an event; several, and each goes on by itself; or nothing (`undefined` or an
 *   empty array), and the pipeline is through: the event is filtered.
 * - **It never mutates** the event, the context or its options. The event may be shared with other pipelines, and is
 *   needed as it was when a later step fails. It answers with a new event, which may share parts with the old one, or
 *   with the old one itself.
 * - **What it answers is a valid event.** `id` and `source` stay, unless it splits: then each event has an `id` of its
 *   own that is the same every time, since the id is what a repetition is known by. Attributes that begin with `umbel`
 *   are the platform's, and go along untouched; `route` sets the one that says where an event goes.
 * - **It fails by throwing.** A `Reject` says that the event can never pass: it goes to the dead letters at once. A
 *   `Later` says that the event has to wait for something that is not its fault: it is tried again, as often as that
 *   takes. Anything else is taken to pass: the event is tried again later, a number of times. Whatever is thrown
 *   touches that event alone and stops its remaining steps; a new try begins at the pipeline's first step. A step's
 *   `onError` may say otherwise, which the decorator need not know.
 * - **It may run more than once** for an event, and at the same time for several. It keeps nothing between events that
 *   changes what it answers: what has to be kept is in `context.services`, under `context.occurrence`, so that an
 *   event that is tried again is not taken for its own duplicate.
 * - **It is quick.** It runs for every event: what can be prepared is prepared in `make`. What it answers at once it
 *   answers without a promise. It bounds its own work; how long a step may take at all, the runner knows.
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
  /**
   * Names this acceptance of the event: the same at each run, also when it is replayed; another when its sender sends
   * it again. The events that it is split into share it. The journal's topic, row and place; `invoke` makes one up.
   */
  occurrence: string;
  /** When the event was accepted, in epoch milliseconds. */
  acceptedAt: number;
  /** When this run began, in epoch milliseconds. Time stands still within one. */
  now: number;
  /** Where the event's request came from, as far as the root saw it. */
  origin?: Origin;
  /** The pipelines that are running around this one, the outermost first; empty but for what `pipeline` calls. */
  calls: readonly string[];
  services: Services;
}

/** Thrown by a decorator for an event that can never pass. The message says why, to the event's sender. */
export class Reject extends Error {
  override readonly name = "Reject";
}

/** Thrown by a decorator for an event that has to wait. It does not count as a failure of the event. */
export class Later extends Error {
  override readonly name = "Later";
  /** How long at least; absent: the runner's backoff says. */
  readonly delayMs?: number;

  constructor(message: string, delayMs?: number) {
    super(message);
    if (delayMs !== undefined) this.delayMs = delayMs;
  }
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
  /**
   * What is asked for in one turn is answered together: of the events that stand at such a step, all begin it at once.
   * Others run one after the other, so that what they leave behind does so in the events' order.
   */
  gathers?: true;
  /** Called once for a step, so that what can be prepared is not done for each event. */
  make(options: z.output<Options>, preparation: Preparation): Decorate;
}

/** What a step needs to be there. Whoever takes the declaration looks, and refuses it when it isn't. */
export interface Need {
  kind: "collection" | "topic" | "pipeline" | "function";
  name: string;
  /** Of a function; absent: whichever is the current one. */
  version?: string;
  /** The option that names it: `steps[0].with.collection`. */
  path: string;
}

/** One decorator by name with its options, as a pipeline's steps are, and steps within a step. */
export interface InnerStep {
  use: string;
  with?: object | undefined;
  /** Of a function alone: percents by version. */
  split?: FunctionSplit | undefined;
}

/** While a step is prepared: what `make` may ask for, and what it tells. Paths begin at the step's options. */
export interface Preparation {
  /** Something is wrong that the schema could not see. The step is refused, whatever `make` answers. */
  fault(path: readonly PropertyKey[], message: string): void;
  needs(kind: Exclude<Need["kind"], "function">, name: string, path: readonly PropertyKey[]): void;
  /** How many steps this one is within: 0 for a pipeline's own. */
  level: number;
  /** Prepares a step within this one. Undefined: it is faulty, and its faults are this step's. */
  step(step: InnerStep, path: readonly PropertyKey[]): Decorate | undefined;
}

/** What there is under a name: the built-in decorators, and whatever else steps may use. */
export type FindDecorator = (name: string) => Decorator | undefined;

export type Prepared =
  | { ok: true; decorate: Decorate; needs: Need[]; gathers?: boolean }
  | { ok: false; errors: FieldError[] };

/** A decorator as the registry holds it, whatever its options. */
export interface Decorator extends Omit<DecoratorDefinition<z.ZodType>, "make"> {
  /**
   * Makes the step's function from its `with`, or says everything that is wrong with it. `place` is the path of `with`,
   * which errors begin with; `find` finds the decorators of steps within the step; `level` is that of `Preparation`.
   */
  prepare(
    options: object | undefined,
    place: readonly PropertyKey[],
    find: FindDecorator,
    level?: number,
  ): Prepared;
}

/** Keeps a definition's types together, and hides them from who lists decorators of many kinds. */
export function defineDecorator<Options extends z.ZodType>(
  definition: DecoratorDefinition<Options>,
): Decorator {
  const { name, summary, options: schema, examples, gathers = false } = definition;
  return {
    name,
    summary,
    options: schema,
    examples,
    ...(gathers ? { gathers } : {}),
    prepare(options, place, find, level = 0) {
      const parsed = schema.safeParse(options ?? {});
      if (!parsed.success) return { ok: false, errors: fieldErrors(parsed.error, place) };
      const errors: FieldError[] = [];
      const needs: Need[] = [];
      const decorate = definition.make(parsed.data, {
        level,
        fault: (path, message) => errors.push({ path: formatPath([...place, ...path]), message }),
        needs: (kind, name, path) => needs.push({ kind, name, path: formatPath([...place, ...path]) }),
        step(step, path) {
          const inner = prepareStep(step, [...place, ...path], find, level + 1);
          if (inner.ok) needs.push(...inner.needs);
          else errors.push(...inner.errors);
          return inner.ok ? inner.decorate : undefined;
        },
      });
      return errors.length === 0 ? { ok: true, decorate, needs, gathers } : { ok: false, errors };
    },
  };
}

/** Prepares a step by its decorator's name. `place` is the path of the step. */
export function prepareStep(
  step: InnerStep,
  place: readonly PropertyKey[],
  find: FindDecorator,
  level = 0,
): Prepared {
  if (isFunctionStep(step)) return prepareFunctionStep(step, place);
  const fault = (at: string, message: string): Prepared => ({
    ok: false,
    errors: [{ path: formatPath([...place, at]), message }],
  });
  const decorator = find(step.use);
  if (decorator === undefined) return fault("use", `there is no decorator "${step.use}"`);
  if (step.split !== undefined) return fault("split", "is between versions of a function; this is none");
  return decorator.prepare(step.with, [...place, "with"], find, level);
}
