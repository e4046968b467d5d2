/**
 * What a function is, to those who write one: `import type { Decorate } from "umbel"`. The types leave nothing behind; `Reject` and
 * `Later` are there where the function runs, and are not bundled.
 */

/** A value that JSON has a form for: what goes into a function and comes out of it. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json | undefined };

/** An event, as the CloudEvents specification has it. */
export interface FunctionEvent {
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly specversion: "1.0";
  readonly time?: string;
  readonly subject?: string;
  readonly datacontenttype?: string;
  readonly dataschema?: string;
  readonly data?: unknown;
  /** Extension attributes. */
  readonly [attribute: string]: unknown;
}

/** In what an event is decorated. */
export interface FunctionContext<Options = object> {
  readonly topic: string;
  readonly pipeline: string;
  /** The pipeline's. */
  readonly version: number;
  /** 1 for the first run. */
  readonly attempt: number;
  /** Names this acceptance of the event: the same at each run. */
  readonly occurrence: string;
  /** When the event was accepted, in epoch milliseconds. */
  readonly acceptedAt: number;
  /** When this run began, in epoch milliseconds. */
  readonly now: number;
  /** Where the event's request came from, as far as that is known. */
  readonly origin?: object;
  /** The step's `with`. */
  readonly options?: Options;
}

type Answer<T> = T | Promise<T>;

/**
 * A small transform of one event. It answers with what goes on: an event, several, or nothing, and then the event is filtered. It
 * changes neither the event nor the context, and may run more than once for an event.
 *
 * Export it as `decorate`.
 */
export type Decorate<Options = object> = (
  event: FunctionEvent,
  context: FunctionContext<Options>,
) => Answer<FunctionEvent | readonly FunctionEvent[] | undefined | void>;

/**
 * What a batch of a leaf's documents comes to: a partial result. Batches are cut as it suits the leaf, and may be empty.
 *
 * Export it as `map`, beside `reduce`.
 */
export type MapFunction<Document = Json, Partial = Json, Input = Json> = (
  documents: readonly Document[],
  input: Input,
) => Answer<Partial>;

/**
 * Several partial results as one, which may be given to it again. It must not matter in which order or in which groups they
 * come: `reduce([a, b, c])` is `reduce([reduce([c, a]), b])`, and `reduce([a])` is `a`.
 *
 * Export it as `reduce`, beside `map`.
 */
export type ReduceFunction<Partial = Json, Input = Json> = (
  partials: readonly Partial[],
  input: Input,
) => Answer<Partial>;

/**
 * A plain call.
 *
 * Export it as `handle`.
 */
export type Handle<Input = Json, Result = Json> = (input: Input) => Answer<Result>;

/** Thrown by `decorate` for an event that can never pass: it goes to the dead letters at once. */
export declare class Reject extends Error {
  override readonly name: "Reject";
}

/** Thrown by `decorate` for an event that has to wait, which is not its fault. */
export declare class Later extends Error {
  override readonly name: "Later";
  /** How long at least, in milliseconds. */
  readonly delayMs?: number;
  constructor(message: string, delayMs?: number);
}
