/** Pipelines as they are declared and kept. */
import type { CloudEvent } from "../cloudevents/event.ts";
import type { Result } from "../errors.ts";
import type { ComparisonPart, ComparisonRequest } from "./function-comparison.ts";
import type { FunctionSplit } from "./functions.ts";
import type { Decoration, DecorationOutcome, Invocation, Invoked, Simulation } from "./pipeline-runs.ts";

/**
 * What an error of a step does to its event: it is tried again later, from the first step (unless the step rejected it,
 * which is final); it is dead at once; or it goes on as if the step were not there.
 */
export const ON_ERROR = ["retry", "dead", "continue"] as const;
export type OnError = (typeof ON_ERROR)[number];

/** One decorator, by name, with its options. */
export interface PipelineStep {
  use: string;
  /** A JSON object. Not a `Record`, whose unknown values Workers' RPC types take for what can't be sent. */
  with?: object;
  /** Absent: `retry`. */
  onError?: OnError;
  /** Of `function:name`: the shares of its versions. */
  split?: FunctionSplit;
}

/** How events that failed are tried again; what is absent is the platform's. */
export interface RetryPolicy {
  /** Runs in all; then the event is dead. */
  attempts?: number;
  /** The wait after the first failure, which doubles with each further one up to the longest. */
  firstDelayMs?: number;
  maxDelayMs?: number;
}

/** With the longest delay between them, a hundred runs take two months. */
export const RETRY_ATTEMPTS_MAX = 100;
export const RETRY_DELAY_MAX_MS = 24 * 3600_000;

/** A receiver of webhooks, by Standard Webhooks. */
export interface WebhookSink {
  url: string;
  /** `whsec_` and a key in base64. Given to none that asks for the pipeline. */
  secret?: string;
  timeoutMs?: number;
  /** The waits after each failure; absent: the schedule of Standard Webhooks, over three days. */
  retryDelaysMs?: number[];
  /** Its answer is that of an invocation: the webhook is an upstream, whose requests the pipeline decorates. */
  reply?: true;
}

/** `subject` and `text` may hold places of the event in braces: `{data.name}`. An element of `to` is an address, or one such place. */
export interface EmailSink {
  to: string[];
  subject?: string;
  text?: string;
  /** Sent at most once for each event, also when it is replayed; absent: at least once. */
  once?: true;
}

/** Of one message. */
export const ADDRESSEES_MAX = 10;

/** Where a pipeline delivers. `reply` is whoever invoked it, and for events off a topic nobody. */
export type Sink =
  | { collection: string; orderBy?: OrderBy }
  | { topic: string }
  | { webhook: WebhookSink }
  | { email: EmailSink }
  | { reply: true };

/**
 * Which of two events is the newer, where both write a document: the one that was accepted later, or the one whose own
 * `time` is later (for senders that send late what they have measured early).
 */
export const ORDER_BY = ["accepted", "time"] as const;
export type OrderBy = (typeof ORDER_BY)[number];

/** How a sink fares, as it is told with its pipeline. */
export interface SinkState {
  /** Its place in `deliver`. */
  index: number;
  state: "active" | "paused" | "disabled";
  since: string;
  /** Failures in a row. */
  failures: number;
  error?: string;
  /** When it is tried next, while it is paused. */
  probeAt?: string;
}

export interface PipelineSpec {
  topic: string;
  /** CESQL over the event; absent: every event. */
  filter?: string;
  steps: PipelineStep[];
  deliver: Sink[];
  retry?: RetryPolicy;
  examples?: PipelineExample[];
  /** Whether delivered events are kept in the collection `_events`. */
  keep?: boolean;
}

/** What a pipeline is to do, told before it does anything: it is declared with it, and refused when it does otherwise. */
export interface PipelineExample {
  /** An event (attributes that make no difference may be left out), or the data of one. */
  given: object;
  /** In the same form what it becomes, or a list of that; null: nothing, it is filtered; `{rejects: "…"}`: a part of the error. */
  expect: object | null;
}

/** Where events go from a pipeline but into collections and out: what can close a cycle. */
export interface PipelineLinks {
  /** Topics that its sinks publish to. */
  sinks: string[];
  /** Topics that its steps route to. */
  routes: string[];
  /** Pipelines whose steps its own steps run. */
  calls: string[];
}

export interface Pipeline extends PipelineSpec {
  name: string;
  /** 1 for the first; rises by one with each change. */
  version: number;
  createdAt: string;
  updatedAt: string;
  /** The version that this one brought back. */
  restores?: number;
}

/** A declaration is read and run as a whole, and each step costs time for every event. */
export const PIPELINE_STEPS_MAX = 32;
export const PIPELINE_SINKS_MAX = 8;

/** Examples run at every change of a pipeline. */
export const PIPELINE_EXAMPLES_MAX = 50;

/** Versions that are kept of each pipeline, to look at and to go back to. */
export const PIPELINE_VERSIONS_MAX = 100;

/** What the root asks the pipelines Worker, which alone knows the decorators. */
export interface PipelinesApi {
  ping(): Promise<true>;
  /**
   * Everything about a declaration that can be known before an event comes, its examples included. Errors name their place:
   * `filter`, `steps[0].use`, `steps[0].with.level`, `deliver[0].collection`, `examples[0].expect.data.level`.
   */
  validate(name: string, spec: PipelineSpec): Promise<Result<{ links: PipelineLinks }>>;
  /** What each step makes of each event. Nothing is delivered; steps that look something up do look. */
  simulate(name: string, events: CloudEvent[]): Promise<Result<Simulation>>;
  /**
   * What the steps of a pipeline make of requests on their way in: documents before they are stored, or a search before
   * it is run. Each by itself, in their order; none made: it is filtered. Filter and sinks are not used.
   */
  decorate(name: string, requests: Decoration): Promise<Result<{ outcomes: DecorationOutcome[] }>>;
  /** How the webhooks of a pipeline fare. */
  sinkStates(pipeline: Pipeline): Promise<SinkState[]>;
  /** Sends to a pipeline's paused and disabled webhooks again. */
  resumeSinks(name: string): Promise<void>;
  /** Runs a pipeline over one event's data now, delivers, and answers with what it made. Nothing is tried again. */
  invoke(name: string, invocation: Invocation): Promise<Result<Invoked>>;
  /** Two versions of a function, which are there and have what is compared, over the same items. Nothing is delivered. */
  compare(request: ComparisonRequest): Promise<ComparisonPart>;
}
