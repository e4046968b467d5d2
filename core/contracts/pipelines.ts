/** Pipelines as they are declared and kept. */
import type { Result } from "../errors.ts";

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

/** Where a pipeline delivers. */
export type Sink = { collection: string } | { topic: string };

export interface PipelineSpec {
  topic: string;
  /** CESQL over the event; absent: every event. */
  filter?: string;
  steps: PipelineStep[];
  deliver: Sink[];
  retry?: RetryPolicy;
}

export interface Pipeline extends PipelineSpec {
  name: string;
  /** 1 for the first; rises by one with each change. */
  version: number;
  createdAt: string;
  updatedAt: string;
}

/** A declaration is read and run as a whole, and each step costs time for every event. */
export const PIPELINE_STEPS_MAX = 32;
export const PIPELINE_SINKS_MAX = 8;

/** What the root asks the pipelines Worker, which alone knows the decorators. */
export interface PipelinesApi {
  ping(): Promise<true>;
  /**
   * Everything about a declaration that can be known before an event comes. Errors name their place: `filter`,
   * `steps[0].use`, `steps[0].with.level`, `deliver[0].collection`.
   */
  validate(spec: PipelineSpec): Promise<Result<object>>;
}
