/** What a scatter is between the Workers: the plan that goes out to every leaf, and the partial results that come back. */
import type { FunctionFailure } from "../functions/answers.ts";
import type { Result } from "../errors.ts";
import type { ReadOptions } from "./read-options.ts";
import type { SlotSpan } from "../slots.ts";
import type { CollectionRef, LeafReport } from "./search.ts";

/** One scatter as every leaf runs it. Plain data. */
export interface ScatterPlan {
  /** Its version is settled before anybody is asked: all leaves run the same code. */
  function: { name: string; version: string };
  /** What `map` and `reduce` are given beside, as JSON text. */
  input: string;
  /** CESQL over the document's fields; absent: every document. */
  filter?: string;
  /** Fields that documents are handed over with; absent: all. */
  select?: string[];
}

/** What one leaf is told beside. */
export interface ScatterErrand extends ReadOptions {
  shard: number;
  /** Only documents of these slots are mapped; absent: all. */
  slots?: SlotSpan;
}

/** What a branch is asked. */
export interface BranchScatterQuestion {
  ref: CollectionRef;
  shards: number[];
  plan: ScatterPlan;
  /** The time that the leaves have. */
  deadlineMs: number;
}

/** What was done to come to a partial result. */
export interface Mapped {
  /** The partial result as JSON text; absent: no document matched. */
  partial?: string;
  /** Documents that were handed to `map`. */
  mapped: number;
  /** Calls of the function, whether `map` or `reduce`. */
  functionCalls: number;
}

/** A leaf's answer. */
export type LeafScatterAnswer = Result<
  Mapped & {
    /** What the answer stands on: all that the leaf had at that moment, and nothing that came later. */
    sequence: number;
    documents: number;
    /** Documents in which the filter's fields can't be found yet. */
    outdated?: number;
    rowsRead: number;
  }
>;

/** A branch's answer: its leaves' partial results as one, and a report each. */
export interface BranchScatterAnswer {
  partial?: string;
  /** Calls of the function here, beside those in the reports. */
  functionCalls: number;
  /** The function itself has failed, at a leaf or here: there is no answer, whatever the others have. */
  fault?: FunctionFailure;
  leaves: LeafReport[];
}
