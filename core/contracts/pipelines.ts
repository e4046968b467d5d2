/** Pipelines as they are declared and kept. */
import type { Result } from "../errors.ts";

/** One decorator, by name, with its options. */
export interface PipelineStep {
  use: string;
  /** A JSON object. Not a `Record`, whose unknown values Workers' RPC types take for what can't be sent. */
  with?: object;
}

/** Where a pipeline delivers. */
export type Sink = { collection: string };

export interface PipelineSpec {
  topic: string;
  /** CESQL over the event; absent: every event. */
  filter?: string;
  steps: PipelineStep[];
  deliver: Sink[];
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
