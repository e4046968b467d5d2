/** What a pipeline makes of events outside of the queue: simulated, or invoked. Plain data; crosses Workers. */
import type { CloudEvent } from "../cloudevents/event.ts";
import type { Origin } from "../cloudevents/origin.ts";
import type { Result } from "../errors.ts";
import type { FunctionFitness } from "./functions.ts";

/** One step of one event, in the order in which they ran. */
export interface SimulatedStep {
  step: number;
  use: string;
  given: CloudEvent;
  made: CloudEvent[];
  /** What went wrong. With `onError: continue` the event is in `made`. */
  error?: string;
  /** The calls of functions that it made. */
  functions?: SimulatedCall[];
  tookMs: number;
}

/** A call of a function, and what it took. */
export interface SimulatedCall {
  function: string;
  version: string;
  items: number;
  errors: number;
  /** Loop turns and function entries. */
  steps: number;
  /** As it was waited for. The first call of a version that is not warm has its start in it. */
  ms: number;
  bytesIn: number;
  bytesOut: number;
}

export interface SimulatedEvent {
  given: CloudEvent;
  /** `filtered` by the pipeline's filter where no step ran, else by a step; `failed` would be tried again, `rejected` not. */
  outcome: "made" | "filtered" | "rejected" | "failed" | "waiting";
  error?: string;
  steps: SimulatedStep[];
  /** What would be delivered, and where. */
  made: { event: CloudEvent; deliver: string[] }[];
  tookMs: number;
}

export interface Simulation {
  version: number;
  events: SimulatedEvent[];
  /** Of each version of a function that was called, how it suits an edge. */
  functions?: FitnessReport[];
}

export interface FitnessReport {
  function: string;
  version: string;
  codeBytes: number;
  fitness: FunctionFitness;
}

/** An answer of an upstream service, as it is passed on. */
export interface UpstreamAnswer {
  status: number;
  contentType?: string;
  body: Uint8Array;
}

export interface Invocation {
  data: object;
  /** Of the request that invokes. */
  origin: Origin;
}

export interface Decoration {
  /** A JSON object each. */
  data: object[];
  /** Events of this type are made of them: `document` or `search`. */
  type: "document" | "search";
  origin: Origin;
}

export type DecorationOutcome = Result<{ data: object[] }>;

export interface Invoked {
  version: number;
  /** What the steps made; none: it was filtered. */
  events: CloudEvent[];
  /** What the pipeline's upstream answered, where it has one. */
  upstream?: UpstreamAnswer;
}

/** Events of one simulation: each runs to its end before the next, and a request has its time. */
export const SIMULATED_EVENTS_MAX = 100;
